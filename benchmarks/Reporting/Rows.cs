using MdeFic.Benchmarks.Measurements;

namespace MdeFic.Benchmarks.Reporting;

/// <summary>Which figures stand beside each other, and what ours should be at most.</summary>
internal sealed class Rows(Samples samples)
{
    private const string AzureIdentity = "Azure.Identity";

    private static readonly (string Measurement, string Name)[] ListingPeers =
    [
        (Catalogue.ListingOfHttpClient, "HttpClient"),
        (Catalogue.ListingOfRestMethod, "Invoke-RestMethod's work"),
    ];

    /// <summary>All rows in their order.</summary>
    internal IEnumerable<Row> All() => [.. FirstTokens(), .. CachedTokens(), .. Listings(), .. Fleets()];

    private IEnumerable<Row> FirstTokens()
    {
        var peer = samples.Spread(Catalogue.FirstTokenOfAzureIdentity, FirstToken.Own);
        yield return new("import and first token, beyond the engine's start", Unit.Milliseconds, Module(FirstToken.Own))
        {
            Peer = peer,
            PeerName = AzureIdentity,
            Target = 60,
        };
        yield return new("  of that, Import-Module", Unit.Milliseconds, Module(FirstToken.Import));
        yield return new("  of that, Get-MdeFicToken", Unit.Milliseconds, Module(FirstToken.Token));
        yield return new("  its processor time", Unit.Milliseconds, Module(FirstToken.Processor))
        {
            Peer = samples.Spread(Catalogue.FirstTokenOfAzureIdentity, FirstToken.Processor),
            PeerName = AzureIdentity,
        };
        yield return new("  with the engine's start", Unit.Milliseconds, Module(FirstToken.Total))
        {
            Peer = peer,
            PeerName = AzureIdentity,
        };
        yield return new(
            "  for comparison: a module with one empty cmdlet",
            Unit.Milliseconds,
            samples.Spread(Catalogue.FirstCallOfEmptyCmdlet, FirstToken.Own));

        Spread Module(string figure) => samples.Spread(Catalogue.FirstTokenOfModule, figure);
    }

    private IEnumerable<Row> CachedTokens()
    {
        yield return Cached("token in memory, in the binding", Catalogue.CachedTokenOfBinding, CachedToken.PerCall, 5);
        yield return Cached(
            "  with a new request and the host's environment",
            Catalogue.CachedTokenOfBindingWithRequest,
            CachedToken.PerCall,
            null);
        yield return Cached(
            "token in memory, the whole cmdlet, first 2,000 calls",
            Catalogue.CachedTokenOfCmdlet,
            CachedToken.PerCallAtFirst,
            150);
        yield return Cached(
            "token in memory, the whole cmdlet, later",
            Catalogue.CachedTokenOfCmdlet,
            CachedToken.PerCall,
            150);
        yield return new(
            "  for comparison: an empty cmdlet, later",
            Unit.Microseconds,
            samples.Spread(Catalogue.CallsOfEmptyCmdlet, CachedToken.PerCall));

        Row Cached(string what, string measurement, string figure, double? target) =>
            new(what, Unit.Microseconds, samples.Spread(measurement, figure))
            {
                Peer = samples.Spread(Catalogue.CachedTokenOfAzureIdentity, figure),
                PeerName = AzureIdentity,
                Target = target,
            };
    }

    private IEnumerable<Row> Listings() =>
    [
        .. Listed("15,000 indicators, first call", Unit.Milliseconds, Figure(Listing.First), 200),
        .. Listed("  its processor time", Unit.Milliseconds, Figure(Listing.FirstProcessor), null),
        .. Listed("15,000 indicators, second call", Unit.Milliseconds, Figure(Listing.Second), 200),
        .. Listed("15,000 indicators, memory above the bare process", Unit.Megabytes, Growth, 60),
    ];

    private IEnumerable<Row> Fleets()
    {
        yield return new("150,000 indicators, one tenant, first call", Unit.Milliseconds, samples.Spread(Catalogue.ListingOfHuge, Listing.First));
        yield return new("150,000 indicators, memory above the bare process", Unit.Megabytes, samples.Spread(Catalogue.ListingOfHuge, Growth))
        {
            Target = 60,
        };
        yield return new(
            $"1,000 tenants × 100 indicators, {EmulatorServer.LatencyMilliseconds} ms a call, {ManyTenants.AtOnce} at once (waits alone: {ManyTenants.IdealMilliseconds:0} ms)",
            Unit.Milliseconds,
            samples.Spread(Catalogue.ManyTenantsOfModule, ManyTenants.Elapsed))
        {
            Peer = samples.Spread(Catalogue.ManyTenantsOfHttpClient, ManyTenants.Elapsed),
            PeerName = "HttpClient",
            Target = 1.3 * ManyTenants.IdealMilliseconds,
        };
        yield return new("  memory above the bare process", Unit.Megabytes, samples.Spread(Catalogue.ManyTenantsOfModule, Growth))
        {
            Peer = samples.Spread(Catalogue.ManyTenantsOfHttpClient, Growth),
            PeerName = "HttpClient",
            Target = 150,
        };
        yield return new("import of 15,000 rows in 30 calls", Unit.Milliseconds, samples.Spread(Catalogue.WritingOfModule, Writing.Elapsed))
        {
            Peer = samples.Spread(Catalogue.WritingOfHttpClient, Writing.Elapsed),
            PeerName = "HttpClient",
        };
    }

    private IEnumerable<Row> Listed(string what, Unit unit, Func<Sample, double> figure, double? target)
    {
        foreach (var (measurement, name) in ListingPeers)
        {
            yield return new(what, unit, samples.Spread(Catalogue.ListingOfModule, figure))
            {
                Peer = samples.Spread(measurement, figure),
                PeerName = name,
                Target = target,
            };
        }
    }

    private static Func<Sample, double> Figure(string name) => sample => sample[name];

    private static double Growth(Sample sample) => sample[Sample.Peak] - sample[Sample.PeakBefore];
}
