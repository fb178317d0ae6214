using System.Diagnostics;

namespace MdeFic.Benchmarks;

/// <summary>The emulator as a process, which everything is measured against.</summary>
internal sealed class EmulatorServer : IDisposable
{
    private readonly Process _process;

    private EmulatorServer(Process process, string line)
    {
        _process = process;
        ReadyLine = line;
        Facts = ServerFacts.Parse(line);
    }

    /// <summary>The line as it came.</summary>
    internal string ReadyLine { get; }

    /// <summary>What it says.</summary>
    internal ServerFacts Facts { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    internal static EmulatorServer Start()
    {
        var start = new ProcessStartInfo(Setting.Required("MDEFIC_EMULATOR"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var tenant in (string[])["Large=15000", "Small=40", "Third=0"])
        {
            start.ArgumentList.Add("--tenant");
            start.ArgumentList.Add(tenant);
        }

        var process = Process.Start(start) ?? throw new BenchmarkException("the emulator did not start");
        var line = process.StandardOutput.ReadLine()
            ?? throw new BenchmarkException("the emulator ended before it was ready");
        return new EmulatorServer(process, line);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The end of its input is the emulator's signal to end.
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
