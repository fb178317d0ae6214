namespace MdeFic.Tests.Harness;

/// <summary>The line that the emulator prints when it is ready.</summary>
internal sealed record EmulatorAddress(
    string Admin,
    string Authority,
    string AuthorityTls,
    string Defender,
    string DefenderTls,
    string Graph,
    string Blob,
    string Identity,
    string CertificateFile,
    string ClientId,
    string ManagedIdentityClientId,
    string ManagedIdentityObjectId,
    string ManagedIdentityResourceId,
    string HomeTenantId,
    string ServiceConnectionId,
    string Canary,
    IReadOnlyList<EmulatedTenant> Tenants,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Environment);

/// <summary>A customer tenant of the emulator.</summary>
internal sealed record EmulatedTenant(string Id, string Name, int Indicators);
