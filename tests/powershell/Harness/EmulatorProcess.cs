using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace MdeFic.Tests.Harness;

/// <summary>A running emulator: a local Azure with identity endpoints, Entra and Defender.</summary>
internal sealed class EmulatorProcess : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Process _process;
    private readonly string? _configFile;
    private readonly HttpClient _admin = new() { Timeout = TimeSpan.FromSeconds(10) };

    private EmulatorProcess(Process process, string? configFile, EmulatorAddress address)
    {
        _process = process;
        _configFile = configFile;
        Address = address;
    }

    /// <summary>Where everything listens, and the ids of the emulated world.</summary>
    internal EmulatorAddress Address { get; }

    /// <summary>The ids of the tenants: by default with 12,500, 40 and no indicators.</summary>
    internal string[] TenantIds => [.. Address.Tenants.Select(tenant => tenant.Id)];

    /// <summary>Starts an emulator.</summary>
    /// <param name="config">Configuration as JSON; the built-in world when null.</param>
    internal static EmulatorProcess Start(string? config = null)
    {
        var start = new ProcessStartInfo(Product.Emulator) { RedirectStandardInput = true, RedirectStandardOutput = true };
        string? configFile = null;
        if (config is not null)
        {
            configFile = Path.Combine(Path.GetTempPath(), $"mdefic-test-{Guid.NewGuid():N}.json");
            File.WriteAllText(configFile, config);
            start.ArgumentList.Add("--config");
            start.ArgumentList.Add(configFile);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("the emulator did not start");
        var line = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("the emulator ended before it was ready");
        var address = JsonSerializer.Deserialize<EmulatorAddress>(line, Json)
            ?? throw new InvalidOperationException("the emulator announced nothing");
        return new EmulatorProcess(process, configFile, address);
    }

    /// <summary>The variables of a host: <c>appService</c>, <c>automation</c>, <c>kubernetes</c> and so on.</summary>
    internal Dictionary<string, string> EnvironmentOf(string host) => new(Address.Environment[host])
    {
        ["AZURE_AUTHORITY_HOST"] = Address.Authority,
        ["MDEFIC_API_BASE_URL"] = Address.Defender,
        ["MDEFIC_GRAPH_BASE_URL"] = Address.Graph,
    };

    /// <summary>Makes the next requests fail.</summary>
    /// <param name="fault">One fault as JSON, such as <c>{"target":"indicators","kind":"reset"}</c>.</param>
    internal void AddFault(string fault) => Send(HttpMethod.Post, "/faults", fault);

    /// <summary>Forgets the faults that are still to happen.</summary>
    internal void ClearFaults() => Send(HttpMethod.Delete, "/faults");

    /// <summary>Adds a tenant, or replaces the one with the same id.</summary>
    /// <param name="tenant">The tenant as JSON; <c>id</c> and <c>name</c> are required.</param>
    internal void AddTenant(string tenant) => Send(HttpMethod.Post, "/tenants", tenant);

    /// <summary>Replaces a tenant's indicators.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="indicators">A JSON array of records.</param>
    internal void SetIndicators(string tenantId, string indicators) =>
        Send(HttpMethod.Post, $"/tenants/{tenantId}/indicators", indicators);

    /// <summary>Makes Defender refuse the tokens that were issued for a tenant so far.</summary>
    internal void Revoke(string tenantId) => Send(HttpMethod.Post, $"/tenants/{tenantId}/revoke");

    /// <summary>Changes the identity header and returns the new one, as platforms do from time to time.</summary>
    internal string RotateIdentityHeader()
    {
        using var reply = JsonDocument.Parse(Send(HttpMethod.Post, "/identity/rotate"));
        return reply.RootElement.GetProperty("identityHeader").GetString() ?? string.Empty;
    }

    /// <summary>An assertion that the application's federated credential accepts.</summary>
    /// <param name="lifetime">How long it is valid; negative for one that has expired.</param>
    internal string SignAssertion(TimeSpan lifetime)
    {
        var now = DateTimeOffset.UtcNow;
        var claims = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["iss"] = $"https://login.microsoftonline.com/{Address.HomeTenantId}/v2.0",
            ["sub"] = Address.ManagedIdentityObjectId,
            ["aud"] = "api://AzureADTokenExchange",
            ["iat"] = now.AddHours(-1).ToUnixTimeSeconds(),
            ["nbf"] = now.AddHours(-1).ToUnixTimeSeconds(),
            ["exp"] = now.Add(lifetime).ToUnixTimeSeconds(),
        });
        using var reply = JsonDocument.Parse(Send(HttpMethod.Post, "/assertions", claims));
        return reply.RootElement.GetProperty("assertion").GetString() ?? string.Empty;
    }

    /// <summary>The requests that the emulated services have received.</summary>
    internal List<JournalEntry> Journal() =>
        JsonSerializer.Deserialize<List<JournalEntry>>(Send(HttpMethod.Get, "/journal"), Json) ?? [];

    /// <summary>The requests that a listener has received.</summary>
    /// <param name="listener">The beginning of its name: <c>identity</c>, <c>authority</c> or <c>defender</c>.</param>
    internal List<JournalEntry> Journal(string listener) =>
        [.. Journal().Where(entry => entry.Listener.StartsWith(listener, StringComparison.Ordinal))];

    /// <summary>Forgets the requests received so far.</summary>
    internal void ClearJournal() => Send(HttpMethod.Delete, "/journal");

    /// <inheritdoc/>
    public void Dispose()
    {
        _admin.Dispose();
        // The emulator ends with its standard input.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
        {
            _process.Kill();
        }

        _process.Dispose();
        if (_configFile is not null)
        {
            File.Delete(_configFile);
        }
    }

    private string Send(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, Address.Admin + path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = _admin.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        var text = reader.ReadToEnd();
        return response.IsSuccessStatusCode
            ? text
            : throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}");
    }
}
