namespace MdeFic.Benchmarks;

/// <summary>Several runs of the same: the middle one and the ends.</summary>
internal readonly record struct Spread(double Median, double Minimum, double Maximum)
{
    /// <summary>The spread of these figures.</summary>
    internal static Spread Of(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToList();
        var middle = sorted.Count / 2;
        var median = sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
