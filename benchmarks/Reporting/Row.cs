namespace MdeFic.Benchmarks.Reporting;

/// <summary>One line of the table.</summary>
/// <param name="What">What is compared.</param>
/// <param name="Unit">The unit of all its figures.</param>
/// <param name="Ours">The module's figures.</param>
/// <param name="Peer">The other side's figures, if there is another side.</param>
/// <param name="PeerName">Who that is.</param>
/// <param name="Target">What ours should be at most, if there is a target.</param>
internal sealed record Row(string What, Unit Unit, Spread Ours, Spread? Peer = null, string PeerName = "", double? Target = null)
{
    /// <summary>How many times ours the other side's median is.</summary>
    internal double? Ratio => Peer?.Median / Ours.Median;

    /// <summary>Whether the median reaches the target.</summary>
    internal bool? IsMet => Target is { } target ? Ours.Median * Unit.Size <= target : null;
}
