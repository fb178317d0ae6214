using System.Diagnostics;
using MdeFic.Benchmarks.Measurements;
using MdeFic.Benchmarks.Peers;

namespace MdeFic.Benchmarks.Reporting;

/// <summary>Measures everything several times, both sides by turns, and prints what came of it.</summary>
internal static class Comparison
{
    private const string AzureIdentity = "Azure.Identity";
    private const string HttpClientName = "HttpClient";
    private const string RestMethod = "Invoke-RestMethod's work";

    /// <summary>Measures and prints.</summary>
    internal static void Run(int runs, TextWriter output)
    {
        using var server = EmulatorServer.Start();
        WarmUp(server);

        var clock = Stopwatch.StartNew();
        var samples = new Samples();
        for (var run = 0; run < runs; run++)
        {
            Console.Error.WriteLine($"run {run + 1} of {runs}");
            foreach (var name in Catalogue.Names)
            {
                samples.Add(name, MeasuringProcess.Run(name, server));
            }
        }

        output.WriteLine(Machine.Describe());
        output.WriteLine(
            $"median (minimum–maximum) of {runs} runs, each in a process of its own; {clock.Elapsed.TotalSeconds:0} s");
        output.WriteLine();
        Table.Print(Rows(samples), output);
    }

    private static IEnumerable<Row> Rows(Samples samples)
    {
        var azure = samples.Spread(Catalogue.FirstTokenOfAzureIdentity, FirstToken.Own);
        yield return new Row(
            "import and first token, beyond the engine's start",
            Unit.Milliseconds,
            samples.Spread(Catalogue.FirstTokenOfModule, FirstToken.Own),
            azure,
            AzureIdentity,
            60);
        yield return new Row(
            "  of that, Import-Module",
            Unit.Milliseconds,
            samples.Spread(Catalogue.FirstTokenOfModule, FirstToken.Import));
        yield return new Row(
            "  of that, Get-MdeFicToken",
            Unit.Milliseconds,
            samples.Spread(Catalogue.FirstTokenOfModule, FirstToken.Token));
        yield return new Row(
            "  for comparison: a module with one empty cmdlet",
            Unit.Milliseconds,
            samples.Spread(Catalogue.FirstCallOfEmptyCmdlet, FirstToken.Own));
        yield return new Row(
            "  with the engine's start",
            Unit.Milliseconds,
            samples.Spread(Catalogue.FirstTokenOfModule, FirstToken.Total),
            azure,
            AzureIdentity);

        var cached = samples.Spread(Catalogue.CachedTokenOfAzureIdentity, CachedToken.PerCall);
        yield return new Row(
            "token in memory, in the binding",
            Unit.Microseconds,
            samples.Spread(Catalogue.CachedTokenOfBinding, CachedToken.PerCall),
            cached,
            AzureIdentity,
            5);
        yield return new Row(
            "token in memory, the whole cmdlet, first 2,000 calls",
            Unit.Microseconds,
            samples.Spread(Catalogue.CachedTokenOfCmdlet, CachedToken.PerCallAtFirst),
            samples.Spread(Catalogue.CachedTokenOfAzureIdentity, CachedToken.PerCallAtFirst),
            AzureIdentity,
            150);
        yield return new Row(
            "token in memory, the whole cmdlet, later",
            Unit.Microseconds,
            samples.Spread(Catalogue.CachedTokenOfCmdlet, CachedToken.PerCall),
            cached,
            AzureIdentity);
        yield return new Row(
            "  for comparison: an empty cmdlet, later",
            Unit.Microseconds,
            samples.Spread(Catalogue.CallsOfEmptyCmdlet, CachedToken.PerCall));

        foreach (var (peer, name) in Peers)
        {
            yield return Compare("15,000 indicators, first call", Unit.Milliseconds, peer, name, Of(Listing.First), 200);
        }

        foreach (var (peer, name) in Peers)
        {
            yield return Compare("15,000 indicators, second call", Unit.Milliseconds, peer, name, Of(Listing.Second), 200);
        }

        foreach (var (peer, name) in Peers)
        {
            yield return Compare("15,000 indicators, memory above the bare process", Unit.Megabytes, peer, name, Growth, 60);
        }

        Row Compare(string what, Unit unit, string peer, string name, Func<Sample, double> figure, double target) => new(
            what,
            unit,
            samples.Spread(Catalogue.ListingOfModule, figure),
            samples.Spread(peer, figure),
            name,
            target);
    }

    private static (string Measurement, string Name)[] Peers =>
        [(Catalogue.ListingOfHttpClient, HttpClientName), (Catalogue.ListingOfRestMethod, RestMethod)];

    private static Func<Sample, double> Of(string figure) => sample => sample[figure];

    private static double Growth(Sample sample) => sample[Sample.Peak] - sample[Sample.PeakBefore];

    private static void WarmUp(EmulatorServer server)
    {
        RenderPagesAsync(server.Facts).GetAwaiter().GetResult();
        // Files that were never read since the machine started must not count for whoever comes first either.
        MeasuringProcess.Run(Catalogue.FirstTokenOfModule, server);
        MeasuringProcess.Run(Catalogue.FirstTokenOfAzureIdentity, server);
    }

    // The emulator renders a page when it is first asked for.
    private static async Task RenderPagesAsync(ServerFacts server)
    {
        using var client = new HttpClient();
        var token = await PlainExchange.TokenAsync(client, server);
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        for (var skip = 0; skip < server.Large.Indicators; skip += 5_000)
        {
            await client.GetStringAsync($"{server.Defender}/api/indicators?$skip={skip}");
        }
    }
}
