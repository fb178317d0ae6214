using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MdeFic.Benchmarks.Peers;

/// <summary>The two requests for a token as a script without any library makes them. Measures nothing.</summary>
internal static class PlainExchange
{
    /// <summary>A token for Defender.</summary>
    /// <param name="client">The client that will be used for the list too, so that it is as warm as ours.</param>
    /// <param name="server">Where to get it.</param>
    internal static async Task<string> TokenAsync(HttpClient client, ServerFacts server) =>
        await ExchangeAsync(client, server, await AssertionAsync(client, server), server.Large.Id);

    /// <summary>The assertion, which is good for any tenant.</summary>
    internal static async Task<string> AssertionAsync(HttpClient client, ServerFacts server)
    {
        var identity = server.Environment["appService"];
        var address = $"{identity["IDENTITY_ENDPOINT"]}?api-version=2019-08-01&resource=api://AzureADTokenExchange"
            + $"&client_id={server.ManagedIdentityClientId}";
        using var question = new HttpRequestMessage(HttpMethod.Get, address);
        question.Headers.Add("X-IDENTITY-HEADER", identity["IDENTITY_HEADER"]);
        using var answer = await client.SendAsync(question);
        return await TokenOfAsync(answer);
    }

    /// <summary>A tenant's token for an assertion.</summary>
    internal static async Task<string> ExchangeAsync(HttpClient client, ServerFacts server, string assertion, string tenantId)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = server.ClientId,
            ["scope"] = ServerFacts.Scope,
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["client_assertion"] = assertion,
        });
        using var exchanged = await client.PostAsync($"{server.Authority}/{tenantId}/oauth2/v2.0/token", form);
        return await TokenOfAsync(exchanged);
    }

    private static async Task<string> TokenOfAsync(HttpResponseMessage response)
    {
        response.EnsureSuccessStatusCode();
        var body = await response.Content.ReadFromJsonAsync<TokenBody>(JsonSerializerOptions.Web);
        return body?.AccessToken ?? throw new BenchmarkException("there is no token");
    }

    private sealed record TokenBody([property: JsonPropertyName("access_token")] string AccessToken);
}
