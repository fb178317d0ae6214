using System.Globalization;

namespace MdeFic.Benchmarks.Reporting;

/// <summary>Prints rows as a table that is legible as text and as markdown.</summary>
internal static class Table
{
    private static readonly string[] Headings = ["what", "ours", "peer", "ratio", "target", "met?"];

    /// <summary>Prints the rows.</summary>
    internal static void Print(IEnumerable<Row> rows, TextWriter output)
    {
        List<string[]> lines = [Headings, .. rows.Select(Cells)];
        var widths = Headings.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        lines.Insert(1, [.. widths.Select(width => new string('-', width))]);
        foreach (var line in lines)
        {
            output.WriteLine($"| {string.Join(" | ", line.Select((cell, column) => cell.PadRight(widths[column])))} |");
        }
    }

    private static string[] Cells(Row row) =>
    [
        row.What,
        row.Unit.Show(row.Ours),
        row.Peer is { } peer ? $"{row.PeerName}: {row.Unit.Show(peer)}" : string.Empty,
        row.Ratio is { } ratio ? ratio.ToString("0.0", CultureInfo.InvariantCulture) + "×" : string.Empty,
        row.Target is { } target
            ? $"≤ {target.ToString("0", CultureInfo.InvariantCulture)} {row.Unit.Name}"
            : string.Empty,
        row.IsMet switch { true => "yes", false => "no", null => string.Empty },
    ];
}
