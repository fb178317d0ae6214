using System.Management.Automation;
using System.Reflection;
using System.Runtime.InteropServices;

namespace MdeFic.Benchmarks.Reporting;

/// <summary>What the figures depend on.</summary>
internal static class Machine
{
    /// <summary>The machine and the versions, in one line.</summary>
    internal static string Describe() => string.Join(
        ", ",
        $"{Environment.ProcessorCount} processors",
        RuntimeInformation.OSDescription,
        RuntimeInformation.RuntimeIdentifier,
        RuntimeInformation.FrameworkDescription,
        $"PowerShell engine {VersionOf(typeof(PSObject).Assembly)}",
        // By name: the package's types have moved to Azure.Core.
        $"Azure.Identity {VersionOf(Assembly.Load("Azure.Identity"))}");

    /// <summary>
    /// How many programs want a processor; null where the system does not say. A busy machine measures itself.
    /// </summary>
    internal static string? Load() =>
        OperatingSystem.IsLinux() ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : null;

    private static string VersionOf(Assembly assembly)
    {
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return version?.Split('+', ' ')[0] ?? "unknown";
    }
}
