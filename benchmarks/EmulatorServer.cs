using System.Diagnostics;
using System.Text.Json;

namespace MdeFic.Benchmarks;

/// <summary>The emulator as a process, which everything is measured against.</summary>
internal sealed class EmulatorServer : IDisposable
{
    /// <summary>How long the server of many tenants waits before each answer.</summary>
    internal const int LatencyMilliseconds = 20;

    /// <summary>How many tenants that server has, and how many indicators each of them.</summary>
    internal const int ManyTenants = 1_000;

    internal const int IndicatorsOfEach = 100;

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private EmulatorServer(Process process, DirectoryInfo folder, string line)
    {
        _process = process;
        _folder = folder;
        Facts = ServerFacts.Parse(line);
        FactsFile = Path.Combine(folder.FullName, "server.json");
        File.WriteAllText(FactsFile, line);
    }

    /// <summary>The file that the line lies in: with many tenants it is too long for a variable.</summary>
    internal string FactsFile { get; }

    /// <summary>What it says.</summary>
    internal ServerFacts Facts { get; }

    /// <summary>Starts the server of few tenants: one with many indicators, one with far too many, one to write to.</summary>
    internal static EmulatorServer Start() => Start(new
    {
        tenants = new[] { Tenant(1, "Large", 15_000), Tenant(2, "Huge", 150_000), Tenant(3, "Empty", 0) },
    });

    /// <summary>Starts the server of many tenants.</summary>
    internal static EmulatorServer StartMany() => Start(new
    {
        latencyMilliseconds = LatencyMilliseconds,
        tenants = Enumerable.Range(1, ManyTenants).Select(number => Tenant(number, $"T{number}", IndicatorsOfEach)),
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        // The end of its input is the emulator's signal to end.
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static object Tenant(int number, string name, int indicators) =>
        new { id = $"00000000-0000-4000-8000-{number:x12}", name, indicators };

    private static EmulatorServer Start(object config)
    {
        var folder = Directory.CreateTempSubdirectory("mdefic-benchmark-");
        var file = Path.Combine(folder.FullName, "config.json");
        File.WriteAllText(file, JsonSerializer.Serialize(config));
        var start = new ProcessStartInfo(Setting.Required("MDEFIC_EMULATOR"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add("--config");
        start.ArgumentList.Add(file);
        var process = Process.Start(start) ?? throw new BenchmarkException("the emulator did not start");
        var line = process.StandardOutput.ReadLine()
            ?? throw new BenchmarkException("the emulator ended before it was ready");
        return new EmulatorServer(process, folder, line);
    }
}
