namespace MdeFic.Benchmarks.Measurements;

/// <summary>
/// All measurements by name. Neighbours are taken one after the other, so that a busy moment hits both sides.
/// </summary>
internal static class Catalogue
{
    internal const string FirstTokenOfModule = "first-token-module";
    internal const string FirstCallOfEmptyCmdlet = "first-call-empty-cmdlet";
    internal const string FirstTokenOfAzureIdentity = "first-token-azure-identity";
    internal const string CachedTokenOfBinding = "cached-token-binding";
    internal const string CachedTokenOfBindingWithRequest = "cached-token-binding-with-request";
    internal const string CachedTokenOfCmdlet = "cached-token-cmdlet";
    internal const string CallsOfEmptyCmdlet = "calls-empty-cmdlet";
    internal const string CachedTokenOfAzureIdentity = "cached-token-azure-identity";
    internal const string ListingOfModule = "listing-module";
    internal const string ListingOfHttpClient = "listing-http-client";
    internal const string ListingOfRestMethod = "listing-rest-method";
    internal const string ListingOfHuge = "listing-huge";
    internal const string ManyTenantsOfModule = "many-tenants-module";
    internal const string ManyTenantsOfHttpClient = "many-tenants-http-client";
    internal const string WritingOfModule = "writing-module";
    internal const string WritingOfHttpClient = "writing-http-client";

    private static readonly IReadOnlyDictionary<string, Func<Sample>> All = new Dictionary<string, Func<Sample>>
    {
        [FirstTokenOfModule] = FirstToken.OfModule,
        [FirstTokenOfAzureIdentity] = FirstToken.OfAzureIdentity,
        [FirstCallOfEmptyCmdlet] = FirstToken.OfEmptyCmdlet,
        [CachedTokenOfBinding] = CachedToken.OfBinding,
        [CachedTokenOfBindingWithRequest] = CachedToken.OfBindingWithRequest,
        [CachedTokenOfAzureIdentity] = CachedToken.OfAzureIdentity,
        [CachedTokenOfCmdlet] = CachedToken.OfCmdlet,
        [CallsOfEmptyCmdlet] = CachedToken.OfEmptyCmdlet,
        [ListingOfModule] = Listing.OfModule,
        [ListingOfHttpClient] = Listing.OfHttpClient,
        [ListingOfRestMethod] = Listing.OfRestMethod,
        [ListingOfHuge] = Listing.OfHuge,
        [ManyTenantsOfModule] = ManyTenants.OfModule,
        [ManyTenantsOfHttpClient] = ManyTenants.OfHttpClient,
        [WritingOfModule] = Writing.OfModule,
        [WritingOfHttpClient] = Writing.OfHttpClient,
    };

    /// <summary>The names, in the order in which to measure.</summary>
    internal static IEnumerable<string> Names => All.Keys;

    /// <summary>Whether the server of many tenants is asked.</summary>
    internal static bool NeedsManyTenants(string name) => name is ManyTenantsOfModule or ManyTenantsOfHttpClient;

    /// <summary>Takes one measurement in this process.</summary>
    internal static Sample Take(string name) =>
        All.TryGetValue(name, out var measure)
            ? measure()
            : throw new BenchmarkException($"there is no measurement {name}");
}
