using System.Diagnostics;

namespace MdeFic.Benchmarks;

/// <summary>
/// Counts the time that passes and the processor time that this process takes meanwhile, on all its threads.
/// </summary>
internal sealed class Elapsed
{
    private readonly TimeSpan _processorBefore = Environment.CpuUsage.TotalTime;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>The time that has passed.</summary>
    internal double Milliseconds => _clock.Elapsed.TotalMilliseconds;

    /// <summary>
    /// The processor time that was taken. It says more than the time that passed where a machine has one processor, or
    /// has other things to do.
    /// </summary>
    internal double ProcessorMilliseconds => (Environment.CpuUsage.TotalTime - _processorBefore).TotalMilliseconds;
}
