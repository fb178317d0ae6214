using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MdeFic.Benchmarks.Peers;

namespace MdeFic.Benchmarks.Measurements;

/// <summary>15,000 wanted indicators from a CSV file into an empty tenant, 500 a call.</summary>
internal static class Writing
{
    internal const string Elapsed = "elapsed";

    private const int Rows = 15_000;
    private const int Batch = 500;

    private const string ModuleScript = """
        param($Tenant, $Client, $Identity, $Path)
        Import-MdeIndicator -TenantId $Tenant -ClientId $Client -ManagedIdentityClientId $Identity -Path $Path |
            & { begin { $n = 0 } process { if ($_.Status -eq 'Accepted') { $n++ } } end { $n } }
        """;

    /// <summary>The module.</summary>
    internal static Sample OfModule() => WithFile((server, file) =>
    {
        using var engine = Engine.Start();
        engine.Import(ModuleAssembly.Manifest);
        return Measured(() => engine.Run<int>(ModuleScript, new
        {
            Tenant = server.Empty.Id,
            Client = server.ClientId,
            Identity = server.ManagedIdentityClientId,
            Path = file,
        }));
    });

    /// <summary>HttpClient in a bare .NET process: lines split at commas, sent as they are, the answers counted.</summary>
    internal static Sample OfHttpClient() => WithFile((server, file) => Measured(() => ImportAsync(server, file).GetAwaiter().GetResult()));

    private static Sample Measured(Func<int> import)
    {
        var elapsed = new Elapsed();
        var count = import();
        return count == Rows
            ? new Sample { [Elapsed] = elapsed.Milliseconds }
            : throw new BenchmarkException($"{count} of {Rows} indicators were accepted");
    }

    private static Sample WithFile(Func<ServerFacts, string, Sample> measure)
    {
        var server = ServerFacts.FromEnvironment();
        using (var admin = new HttpClient())
        {
            using var none = new StringContent("[]", Encoding.UTF8, "application/json");
            admin.PostAsync($"{server.Admin}/tenants/{server.Empty.Id}/indicators", none).GetAwaiter().GetResult().EnsureSuccessStatusCode();
        }

        var file = Path.GetTempFileName() + ".csv";
        try
        {
            File.WriteAllLines(file, Enumerable.Range(1, Rows)
                .Select(number => $"DomainName,host{number}.example,Block,Feed,An entry of the feed,High")
                .Prepend("indicatorType,indicatorValue,action,title,description,severity"));
            return measure(server, file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<int> ImportAsync(ServerFacts server, string file)
    {
        using var client = new HttpClient();
        var assertion = await PlainExchange.AssertionAsync(client, server);
        var token = await PlainExchange.ExchangeAsync(client, server, assertion, server.Empty.Id);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var accepted = 0;
        foreach (var lines in File.ReadLines(file).Skip(1).Chunk(Batch))
        {
            var rows = lines.Select(line => line.Split(',')).Select(fields => new
            {
                indicatorType = fields[0],
                indicatorValue = fields[1],
                action = fields[2],
                title = fields[3],
                description = fields[4],
                severity = fields[5],
            });
            using var response = await client.PostAsJsonAsync($"{server.Defender}/api/indicators/import", new { Indicators = rows }, new JsonSerializerOptions());
            using var reply = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
            accepted += reply.RootElement.GetProperty("value").EnumerateArray().Count(row => !row.GetProperty("isFailed").GetBoolean());
        }

        return accepted;
    }
}
