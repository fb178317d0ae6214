using System.Management.Automation;
using MdeFic.ScriptHost;

// Runs PowerShell scripts in PowerShell's own engine on machines where pwsh is not installed.

CommandLine commandLine;
try
{
    commandLine = CommandLine.Parse(args);
}
catch (UsageException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine(CommandLine.Usage);
    return ExitCodes.Usage;
}

try
{
    using var session = new ScriptSession();
    Console.CancelKeyPress += (_, pressed) =>
    {
        // The pipeline ends in its own time, with its finally blocks; the process ends after it.
        pressed.Cancel = true;
        session.Stop();
    };
    return session.Run(commandLine);
}
catch (RuntimeException error)
{
    Console.Error.WriteLine(error.Message);
    return ExitCodes.TerminatingError;
}
