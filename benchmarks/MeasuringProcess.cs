using System.Collections;
using System.Diagnostics;
using System.Text.Json;

namespace MdeFic.Benchmarks;

/// <summary>Takes one measurement in a fresh process of this program, so that nothing is warm from another.</summary>
internal static class MeasuringProcess
{
    // What the machine itself may be configured with, which would lead the clients elsewhere.
    private static readonly string[] ForeignPrefixes = ["AZURE_", "IDENTITY_", "MSI_", "IMDS_", "SSL_CERT_"];

    /// <summary>Takes the measurement of this name.</summary>
    internal static Sample Run(string measurement, EmulatorServer server)
    {
        var program = Environment.ProcessPath
            ?? throw new BenchmarkException("this program does not know its own path");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(typeof(MeasuringProcess).Assembly.Location);
        }

        start.ArgumentList.Add("--measure");
        start.ArgumentList.Add(measurement);
        Prepare(start.Environment, server);

        using var process = Process.Start(start) ?? throw new BenchmarkException("this program could not start itself");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new BenchmarkException($"the measurement {measurement} failed with exit code {process.ExitCode}");
        }

        return JsonSerializer.Deserialize<Sample>(output)
            ?? throw new BenchmarkException($"the measurement {measurement} said nothing");
    }

    private static void Prepare(IDictionary<string, string?> environment, EmulatorServer server)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (ForeignPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                environment.Remove(name);
            }
        }

        foreach (var (name, value) in server.Facts.Environment["appService"])
        {
            environment[name] = value;
        }

        environment[ServerFacts.Variable] = server.FactsFile;
        environment["MDEFIC_API_BASE_URL"] = server.Facts.Defender;
        environment["NO_PROXY"] = "127.0.0.1,localhost";
        if (OperatingSystem.IsLinux())
        {
            // Both sides pay for TLS to the token endpoint, and both trust it the way the platform offers.
            environment["SSL_CERT_FILE"] = server.Facts.CertificateFile;
            environment["AZURE_AUTHORITY_HOST"] = server.Facts.AuthorityTls;
        }
        else
        {
            environment["AZURE_AUTHORITY_HOST"] = server.Facts.Authority;
        }
    }
}
