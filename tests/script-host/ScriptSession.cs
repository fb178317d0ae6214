using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace MdeFic.ScriptHost;

/// <summary>One runspace in which one script runs, as pwsh would run it.</summary>
internal sealed class ScriptSession : IDisposable
{
    // A script file's exit ends the file, not the host: it only leaves its code behind, where a program that the file
    // has run may have left one too. The success of the call tells the two apart.
    private const string RunFile = """
        param($File, $Named, $Positional)
        $global:LASTEXITCODE = 0
        & $File @Named @Positional
        if (-not $?) { exit $(if ($global:LASTEXITCODE) { $global:LASTEXITCODE } else { 1 }) }
        """;

    private readonly ScriptPSHost _host = new();
    private readonly Runspace _runspace;
    private readonly Lock _gate = new();
    private PowerShell? _running;

    internal ScriptSession()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        if (OperatingSystem.IsWindows())
        {
            // Whoever starts this program has chosen the script already.
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.Open();
        // Some commands look for a default runspace on their thread.
        Runspace.DefaultRunspace = _runspace;
    }

    /// <inheritdoc/>
    public void Dispose() => _runspace.Dispose();

    /// <summary>Stops the script that runs, if one does.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _running?.BeginStop(null, null);
        }
    }

    /// <summary>Runs the command line's script and shows what it puts out.</summary>
    /// <returns>The exit code.</returns>
    internal int Run(CommandLine commandLine)
    {
        using var shell = PowerShell.Create(_runspace);
        try
        {
            if (commandLine.File is { } file)
            {
                if (!File.Exists(file))
                {
                    Console.Error.WriteLine($"there is no script {file}");
                    return ExitCodes.Usage;
                }

                var arguments = ScriptArguments.Of(file, commandLine.Arguments);
                shell.AddScript(RunFile, useLocalScope: true);
                shell.AddArgument(file).AddArgument(arguments.Named).AddArgument(arguments.Positional);
            }
            else
            {
                shell.AddScript(commandLine.Command, useLocalScope: false);
            }
        }
        catch (UsageException error)
        {
            Console.Error.WriteLine(error.Message);
            return ExitCodes.Usage;
        }

        // Errors take the same way as objects, so that both appear in their order.
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddCommand("Out-Default");
        return Run(shell);
    }

    private int Run(PowerShell shell)
    {
        lock (_gate)
        {
            _running = shell;
        }

        try
        {
            shell.Invoke();
            var isStopped = shell.InvocationStateInfo.State == PSInvocationState.Stopped;
            return _host.ExitCode ?? (isStopped ? ExitCodes.Stopped : ExitCodes.Success);
        }
        catch (PipelineStoppedException)
        {
            return _host.ExitCode ?? ExitCodes.Stopped;
        }
        catch (ParseException error) when (string.IsNullOrEmpty(error.ErrorRecord.InvocationInfo?.ScriptName))
        {
            // The engine's error view stays empty where there is no file to quote.
            Console.Error.WriteLine(error.Message);
            return ExitCodes.TerminatingError;
        }
        catch (RuntimeException error)
        {
            Show(error.ErrorRecord);
            return _host.ExitCode ?? ExitCodes.TerminatingError;
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
            }
        }
    }

    private void Show(ErrorRecord error)
    {
        using var shell = PowerShell.Create(_runspace);
        // To Out-Default a record that is handed over is an object like any other.
        using var redirection = _host.Console.RedirectToError();
        shell.AddCommand("Out-Default").Invoke(new[] { error });
    }
}
