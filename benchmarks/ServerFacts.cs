using System.Text.Json;

namespace MdeFic.Benchmarks;

/// <summary>The emulator's ready line: where it listens and whom it knows.</summary>
internal sealed record ServerFacts(
    string Admin,
    string Authority,
    string AuthorityTls,
    string CertificateFile,
    string Defender,
    string ClientId,
    string ManagedIdentityClientId,
    IReadOnlyList<ServerTenant> Tenants,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Environment)
{
    /// <summary>The variable that names the file with the ready line.</summary>
    internal const string Variable = "MDEFIC_BENCHMARK_SERVER";

    /// <summary>The scope that all tokens here are for.</summary>
    internal const string Scope = "https://api.securitycenter.microsoft.com/.default";

    /// <summary>The tenant with many indicators.</summary>
    internal ServerTenant Large => Tenants[0];

    /// <summary>The tenant with ten times as many.</summary>
    internal ServerTenant Huge => Tenants[1];

    /// <summary>The tenant that is written to.</summary>
    internal ServerTenant Empty => Tenants[2];

    /// <summary>Reads the line.</summary>
    internal static ServerFacts Parse(string line) =>
        JsonSerializer.Deserialize<ServerFacts>(line, JsonSerializerOptions.Web)
        ?? throw new BenchmarkException("the emulator's first line is empty");

    /// <summary>The facts that the starting process handed down.</summary>
    internal static ServerFacts FromEnvironment() => Parse(File.ReadAllText(Setting.Required(Variable)));
}

/// <summary>A tenant of the emulator.</summary>
internal sealed record ServerTenant(string Id, string Name, int Indicators);
