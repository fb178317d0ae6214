using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MdeFic.Benchmarks.Peers;

namespace MdeFic.Benchmarks.Measurements;

/// <summary>
/// A thousand tenants with a hundred indicators each, on a server that waits before each answer. No tenant's token is in
/// memory; what is compiled at a first call has been compiled by one other tenant's list.
/// </summary>
internal static class ManyTenants
{
    internal const string Elapsed = "elapsed";

    /// <summary>How many tenants are worked on at once, on both sides.</summary>
    internal const int AtOnce = 32;

    /// <summary>
    /// The least that the waits take: an exchange and a page for each tenant, so many at once.
    /// </summary>
    internal const double IdealMilliseconds = 2.0 * (EmulatorServer.ManyTenants - 32) * EmulatorServer.LatencyMilliseconds / AtOnce;

    private const string ModuleScript = """
        param($Tenants, $Client, $Identity, $AtOnce)
        Get-MdeIndicator -TenantId $Tenants -ClientId $Client -ManagedIdentityClientId $Identity -ThrottleLimit $AtOnce |
            & { begin { $n = 0 } process { $n++ } end { $n } }
        """;

    /// <summary>The module.</summary>
    internal static Sample OfModule()
    {
        var server = ServerFacts.FromEnvironment();
        using var engine = Engine.Start();
        engine.Import(ModuleAssembly.Manifest);
        Count(server.Tenants.Take(32));
        return Measured(engine.PeakAfterStart, () => Count(server.Tenants.Skip(32)));

        int Count(IEnumerable<ServerTenant> tenants) => engine.Run<int>(ModuleScript, new
        {
            Tenants = tenants.Select(tenant => tenant.Id).ToArray(),
            Client = server.ClientId,
            Identity = server.ManagedIdentityClientId,
            AtOnce,
        });
    }

    /// <summary>HttpClient in a bare .NET process, as many tenants at once.</summary>
    internal static Sample OfHttpClient()
    {
        var peak = PeakMemory.Read();
        var server = ServerFacts.FromEnvironment();
        using var client = new HttpClient();
        var assertion = PlainExchange.AssertionAsync(client, server).GetAwaiter().GetResult();
        CountAsync(client, server, assertion, server.Tenants.Take(32)).GetAwaiter().GetResult();
        return Measured(peak, () => CountAsync(client, server, assertion, server.Tenants.Skip(32)).GetAwaiter().GetResult());
    }

    private static Sample Measured(double peakBefore, Func<int> count)
    {
        var elapsed = new Elapsed();
        var found = count();
        var milliseconds = elapsed.Milliseconds;
        var expected = (EmulatorServer.ManyTenants - 32) * EmulatorServer.IndicatorsOfEach;
        return found == expected
            ? new Sample { [Elapsed] = milliseconds, [Sample.PeakBefore] = peakBefore, [Sample.Peak] = PeakMemory.Read() }
            : throw new BenchmarkException($"{found} indicators came instead of {expected}");
    }

    private static async Task<int> CountAsync(
        HttpClient client,
        ServerFacts server,
        string assertion,
        IEnumerable<ServerTenant> tenants)
    {
        var count = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(tenants, options, async (tenant, stop) =>
        {
            var token = await PlainExchange.ExchangeAsync(client, server, assertion, tenant.Id);
            for (var next = $"{server.Defender}/api/indicators"; next is not null;)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, next);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                using var response = await client.SendAsync(request, stop);
                var page = await response.Content.ReadFromJsonAsync<IndicatorPageBody>(JsonSerializerOptions.Web, stop)
                    ?? throw new BenchmarkException("a page is empty");
                Interlocked.Add(ref count, page.Value.Count);
                next = page.NextLink;
            }
        });
        return count;
    }
}
