using System.Diagnostics;

namespace MdeFic.Tests.Harness;

/// <summary>What a process that has ended left.</summary>
internal sealed record Finished(int ExitCode, string Output, string Error);

/// <summary>Runs programs to their end.</summary>
internal static class ChildProcess
{
    /// <summary>Runs the program that runs PowerShell scripts, in a process of its own.</summary>
    /// <param name="environment">Variables that are added.</param>
    /// <param name="arguments">Its arguments.</param>
    internal static Finished ScriptHost(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var dotnet = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";
        var start = new ProcessStartInfo(dotnet)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Product.ScriptHost);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{dotnet} did not start");
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(60_000))
        {
            process.Kill();
            throw new TimeoutException($"the script does not end: {output}");
        }

        return new Finished(process.ExitCode, Plain(output), Plain(error.GetAwaiter().GetResult()));

        static string Plain(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
