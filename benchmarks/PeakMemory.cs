using System.Diagnostics;
using System.Globalization;

namespace MdeFic.Benchmarks;

/// <summary>The most physical memory that this process has had so far.</summary>
internal static class PeakMemory
{
    /// <summary>In bytes.</summary>
    internal static double Read()
    {
        if (!OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }

        // .NET leaves the peak at zero on Linux; the kernel keeps it in KiB: "VmHWM:   123456 kB".
        const string Name = "VmHWM:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Name, StringComparison.Ordinal));
        return 1024 * double.Parse(line[Name.Length..^" kB".Length], CultureInfo.InvariantCulture);
    }
}
