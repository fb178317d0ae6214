namespace MdeFic.Benchmarks.Reporting;

/// <summary>One line of the table.</summary>
/// <param name="What">What is compared.</param>
/// <param name="Unit">The unit of all its figures.</param>
/// <param name="Ours">The module's figures.</param>
internal sealed record Row(string What, Unit Unit, Spread Ours)
{
    /// <summary>The other side's figures, if there is another side.</summary>
    internal Spread? Peer { get; init; }

    /// <summary>Who the other side is.</summary>
    internal string PeerName { get; init; } = string.Empty;

    /// <summary>What ours should be at most, if there is a target.</summary>
    internal double? Target { get; init; }

    /// <summary>How many times ours the other side's median is.</summary>
    internal double? Ratio => Peer?.Median / Ours.Median;

    /// <summary>Whether the median reaches the target.</summary>
    internal bool? IsMet => Target is { } target ? Ours.Median * Unit.Size <= target : null;
}
