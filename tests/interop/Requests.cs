using MdeFic.Native.Generated;
using MdeFic.Tests.Harness;

namespace MdeFic.InteropTests;

/// <summary>Requests as the cmdlets make them.</summary>
internal static class Requests
{
    /// <summary>A request for tokens of these tenants.</summary>
    internal static TokensRequest Tokens(EmulatorProcess emulator, params string[] tenantIds) =>
        new() { connection = Connection(emulator, tenantIds), force_refresh = false };

    /// <summary>A request for the indicators of these tenants.</summary>
    internal static IndicatorsRequest Indicators(EmulatorProcess emulator, params string[] tenantIds) =>
        new() { connection = Connection(emulator, tenantIds), filter = null, skip = 0, first = null, search = MdeFic.Native.Searches.All() };

    /// <summary>Who asks, for which tenants.</summary>
    internal static ConnectionRequest Connection(EmulatorProcess emulator, params string[] tenantIds) => new()
    {
        tenant_ids = [.. tenantIds],
        client_id = emulator.Address.ClientId,
        identity_source = string.Empty,
        managed_identity_client_id = emulator.Address.ManagedIdentityClientId,
        managed_identity_object_id = null,
        managed_identity_resource_id = null,
        exchange_audience = null,
        service_connection_id = null,
        assertion = null,
        scope = null,
        cloud = null,
        region = null,
        api_base_url = null,
        throttle_limit = 8,
        environment = [.. emulator.EnvironmentOf("appService")
            .Select(variable => new EnvironmentVariable { name = variable.Key, content = variable.Value })],
    };
}
