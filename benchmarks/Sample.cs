namespace MdeFic.Benchmarks;

/// <summary>What one process measured: figures by name. Times are in milliseconds, memory is in bytes.</summary>
internal sealed class Sample : Dictionary<string, double>
{
    /// <summary>
    /// The name of a figure with what the process needed most in memory, without anything that is measured.
    /// </summary>
    internal const string PeakBefore = "peakBefore";

    /// <summary>The name of a figure with what the process needed most in memory.</summary>
    internal const string Peak = "peak";
}
