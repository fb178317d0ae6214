using System.Net;
using System.Security;
using MdeFic.Native.Generated;

namespace MdeFic.Native;

/// <summary>Who asks, and where: all that a request says beside its tenants. Null stands for the default.</summary>
internal sealed record ConnectionSettings
{
    internal string? ClientId { get; init; }

    internal string? IdentitySource { get; init; }

    internal string? ManagedIdentityClientId { get; init; }

    internal string? ManagedIdentityObjectId { get; init; }

    internal string? ManagedIdentityResourceId { get; init; }

    internal SecureString? Assertion { get; init; }

    internal string? ServiceConnectionId { get; init; }

    internal string? ExchangeAudience { get; init; }

    internal string? Cloud { get; init; }

    internal string? Scope { get; init; }

    internal string? ApiBaseUrl { get; init; }

    internal string? Region { get; init; }

    /// <summary>Whether anything here says which identity to use.</summary>
    private bool NamesIdentity =>
        Given(IdentitySource) is not null || Given(ManagedIdentityClientId) is not null
        || Given(ManagedIdentityObjectId) is not null || Given(ManagedIdentityResourceId) is not null
        || Assertion is not null || Given(ServiceConnectionId) is not null;

    /// <summary>
    /// These settings, and the defaults where nothing is said. An identity is one setting: who names any part of it
    /// takes nothing of the default one.
    /// </summary>
    internal ConnectionSettings Over(ConnectionSettings? defaults)
    {
        if (defaults is null)
        {
            return this;
        }

        var identity = NamesIdentity ? this : defaults;
        // An address and a region exclude each other.
        var address = Given(ApiBaseUrl) is null && Given(Region) is null ? defaults : this;
        return new ConnectionSettings
        {
            ClientId = Given(ClientId) ?? defaults.ClientId,
            IdentitySource = identity.IdentitySource,
            ManagedIdentityClientId = identity.ManagedIdentityClientId,
            ManagedIdentityObjectId = identity.ManagedIdentityObjectId,
            ManagedIdentityResourceId = identity.ManagedIdentityResourceId,
            Assertion = identity.Assertion,
            ServiceConnectionId = identity.ServiceConnectionId,
            ExchangeAudience = Given(ExchangeAudience) ?? defaults.ExchangeAudience,
            Cloud = Given(Cloud) ?? defaults.Cloud,
            Scope = Given(Scope) ?? defaults.Scope,
            ApiBaseUrl = address.ApiBaseUrl,
            Region = address.Region,
        };
    }

    /// <summary>The request, with the host's environment as it is now.</summary>
    internal ConnectionRequest ToRequest(List<string> tenantIds, int throttleLimit) => new()
    {
        tenant_ids = tenantIds,
        client_id = ClientId ?? string.Empty,
        identity_source = IdentitySource ?? string.Empty,
        managed_identity_client_id = Given(ManagedIdentityClientId),
        managed_identity_object_id = Given(ManagedIdentityObjectId),
        managed_identity_resource_id = Given(ManagedIdentityResourceId),
        exchange_audience = Given(ExchangeAudience),
        service_connection_id = Given(ServiceConnectionId),
        assertion = Assertion is null ? null : new NetworkCredential(string.Empty, Assertion).Password,
        cloud = Given(Cloud),
        region = Given(Region),
        scope = Given(Scope),
        api_base_url = Given(ApiBaseUrl),
        throttle_limit = (uint)throttleLimit,
        environment = HostEnvironment.Snapshot(),
    };

    // A variable that is empty in a runbook means the same as a parameter that is left out.
    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
