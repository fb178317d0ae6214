using System.Globalization;

namespace MdeFic.Benchmarks.Reporting;

/// <summary>How figures of a kind are shown.</summary>
/// <param name="Name">The unit's sign.</param>
/// <param name="Size">How many of it make one of what was measured.</param>
/// <param name="Format">How many digits make sense.</param>
internal sealed record Unit(string Name, double Size, string Format)
{
    internal static readonly Unit Milliseconds = new("ms", 1, "0");
    internal static readonly Unit Microseconds = new("µs", 1000, "0.0");
    internal static readonly Unit Megabytes = new("MB", 1e-6, "0");

    /// <summary>A figure with its unit.</summary>
    internal string Show(double figure) => $"{Number(figure)} {Name}";

    /// <summary>The median and, in brackets, the ends.</summary>
    internal string Show(Spread spread) =>
        $"{Show(spread.Median)} ({Number(spread.Minimum)}–{Number(spread.Maximum)})";

    private string Number(double figure) => (figure * Size).ToString(Format, CultureInfo.InvariantCulture);
}
