using System.Management.Automation.Runspaces;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MdeFic.Benchmarks.Peers;

namespace MdeFic.Benchmarks.Measurements;

/// <summary>
/// How long a tenant's 15,000 indicators take until a script has seen every one, and how much memory that needs. The
/// token is in memory before, on all sides.
/// </summary>
internal static class Listing
{
    internal const string First = "first";
    internal const string FirstProcessor = "firstProcessor";
    internal const string Second = "second";

    private const string ModuleScript = """
        param($Tenant, $Client, $Identity)
        Get-MdeIndicator -TenantId $Tenant -ClientId $Client -ManagedIdentityClientId $Identity |
            & { begin { $n = 0 } process { $n++ } end { $n } }
        """;

    private const string TokenScript = """
        param($Tenant, $Client, $Identity)
        $null = Get-MdeFicToken -TenantId $Tenant -ClientId $Client -ManagedIdentityClientId $Identity
        """;

    // As scripts without a module do it: page by page, all pages into one list.
    private const string RestScript = """
        param($Uri, $Headers)
        $all = do {
            $page = Invoke-JsonRequest -Uri $Uri -Headers $Headers
            $page.value
            $Uri = $page.'@odata.nextLink'
        } while ($Uri)
        $all.Count
        """;

    /// <summary>The module: typed objects, streamed to a block that counts.</summary>
    internal static Sample OfModule()
    {
        var server = ServerFacts.FromEnvironment();
        using var engine = Engine.Start();
        var parameters = new
        {
            Tenant = server.Large.Id,
            Client = server.ClientId,
            Identity = server.ManagedIdentityClientId,
        };
        engine.Import(ModuleAssembly.Manifest);
        engine.Run(TokenScript, parameters);
        return Twice(server, engine.PeakAfterStart, () => engine.Run<int>(ModuleScript, parameters));
    }

    /// <summary>The same with ten times as many.</summary>
    internal static Sample OfHuge()
    {
        var server = ServerFacts.FromEnvironment();
        using var engine = Engine.Start();
        var parameters = new
        {
            Tenant = server.Huge.Id,
            Client = server.ClientId,
            Identity = server.ManagedIdentityClientId,
        };
        engine.Import(ModuleAssembly.Manifest);
        engine.Run(TokenScript, parameters);
        var elapsed = new Elapsed();
        Expect.Records(server.Huge, engine.Run<int>(ModuleScript, parameters));
        return new Sample
        {
            [First] = elapsed.Milliseconds,
            [Sample.PeakBefore] = engine.PeakAfterStart,
            [Sample.Peak] = PeakMemory.Read(),
        };
    }

    /// <summary>HttpClient and System.Text.Json in a bare .NET process: typed objects, page by page into a list.</summary>
    internal static Sample OfHttpClient()
    {
        var peak = PeakMemory.Read();
        var server = ServerFacts.FromEnvironment();
        using var client = new HttpClient();
        var token = PlainExchange.TokenAsync(client, server).GetAwaiter().GetResult();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return Twice(server, peak, () => CountAsync(client, server).GetAwaiter().GetResult());
    }

    /// <summary>What Invoke-RestMethod does, in the same engine.</summary>
    internal static Sample OfRestMethod()
    {
        var server = ServerFacts.FromEnvironment();
        using var engine = Engine.Start(
            new SessionStateCmdletEntry("Invoke-JsonRequest", typeof(InvokeJsonRequestCommand), null));
        var token = PlainExchange.TokenAsync(InvokeJsonRequestCommand.Client, server).GetAwaiter().GetResult();
        var parameters = new
        {
            Uri = $"{server.Defender}/api/indicators",
            Headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        };
        return Twice(server, engine.PeakAfterStart, () => engine.Run<int>(RestScript, parameters));
    }

    private static Sample Twice(ServerFacts server, double peakBefore, Func<int> list)
    {
        var (first, firstProcessor) = Once();
        var peak = PeakMemory.Read();
        var (second, _) = Once();
        return new Sample
        {
            [First] = first,
            [FirstProcessor] = firstProcessor,
            [Second] = second,
            [Sample.PeakBefore] = peakBefore,
            [Sample.Peak] = peak,
        };

        (double Milliseconds, double ProcessorMilliseconds) Once()
        {
            var elapsed = new Elapsed();
            var count = list();
            var result = (elapsed.Milliseconds, elapsed.ProcessorMilliseconds);
            Expect.Records(server.Large, count);
            return result;
        }
    }

    private static async Task<int> CountAsync(HttpClient client, ServerFacts server)
    {
        var all = new List<IndicatorBody>();
        for (var next = $"{server.Defender}/api/indicators"; next is not null;)
        {
            var page = await client.GetFromJsonAsync<IndicatorPageBody>(next, JsonSerializerOptions.Web)
                ?? throw new BenchmarkException("a page is empty");
            all.AddRange(page.Value);
            next = page.NextLink;
        }

        return all.Count;
    }
}
