using System.Management.Automation;
using System.Net;
using System.Security;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>
/// What every cmdlet that works on tenants takes: the tenants, the application, the identity. Tenants are collected from
/// the pipeline and worked on together at its end; those that share all other settings share one operation.
/// </summary>
public abstract class TenantCommand : OperationCommand
{
    private readonly List<(Settings Settings, List<string> TenantIds)> _groups = [];

    /// <summary>The tenants: directory ids or verified domains.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Tenant", "CustomerId")]
    [ValidateNotNullOrEmpty]
    public string[] TenantId { get; set; } = [];

    /// <summary>The client id of the multi-tenant application.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ApplicationId", "AppId")]
    [ValidateNotNullOrEmpty]
    public string ClientId { get; set; } = string.Empty;

    /// <summary>Selects the managed identity by its client id: the one selector that every host understands.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("UserAssignedIdentity")]
    public string? ManagedIdentityClientId { get; set; }

    /// <summary>Selects the managed identity by its object (principal) id.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ManagedIdentityPrincipalId")]
    public string? ManagedIdentityObjectId { get; set; }

    /// <summary>Selects the managed identity by its Azure resource id.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? ManagedIdentityResourceId { get; set; }

    /// <summary>Where the assertion comes from; detected when left out.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(IdentitySourceCompleter))]
    public string? IdentitySource { get; set; }

    /// <summary>What the assertion is for; the exchange audience of the cloud when left out.</summary>
    [Parameter]
    [Alias("MsiScope")]
    public string? ExchangeAudience { get; set; }

    /// <summary>An assertion of another issuer, instead of one from this host.</summary>
    [Parameter]
    public SecureString? Assertion { get; set; }

    /// <summary>The id of the Azure Pipelines service connection that issues the assertion.</summary>
    [Parameter]
    public string? ServiceConnectionId { get; set; }

    /// <summary>The national cloud; the one of AZURE_AUTHORITY_HOST, else the public one, when left out.</summary>
    [Parameter]
    [Alias("Environment")]
    [ArgumentCompleter(typeof(CloudCompleter))]
    public string? Cloud { get; set; }

    /// <summary>How many tenants are worked on at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 32;

    /// <summary>What the tokens are for; Defender for Endpoint when null.</summary>
    private protected virtual string? RequestedScope => null;

    /// <summary>Where the Defender API is; the cloud's own host when null.</summary>
    private protected virtual string? RequestedApiBaseUrl => null;

    /// <summary>The region of the Defender API; none when null.</summary>
    private protected virtual string? RequestedRegion => null;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var settings = new Settings(
            ClientId,
            ManagedIdentityClientId,
            ManagedIdentityObjectId,
            ManagedIdentityResourceId,
            RequestedScope,
            RequestedApiBaseUrl);
        if (_groups.Count == 0 || _groups[^1].Settings != settings)
        {
            _groups.Add((settings, []));
        }

        _groups[^1].TenantIds.AddRange(TenantId);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (settings, tenantIds) in _groups)
        {
            Process(new ConnectionRequest
            {
                tenant_ids = tenantIds,
                client_id = settings.ClientId,
                identity_source = IdentitySource ?? string.Empty,
                managed_identity_client_id = Given(settings.ManagedIdentityClientId),
                managed_identity_object_id = Given(settings.ManagedIdentityObjectId),
                managed_identity_resource_id = Given(settings.ManagedIdentityResourceId),
                exchange_audience = Given(ExchangeAudience),
                service_connection_id = Given(ServiceConnectionId),
                assertion = Assertion is null ? null : new NetworkCredential(string.Empty, Assertion).Password,
                cloud = Given(Cloud),
                region = Given(RequestedRegion),
                scope = Given(settings.Scope),
                api_base_url = Given(settings.ApiBaseUrl),
                throttle_limit = (uint)ThrottleLimit,
                environment = HostEnvironment.Snapshot(),
            });
        }
    }

    /// <summary>Works on one group of tenants.</summary>
    private protected abstract void Process(ConnectionRequest connection);

    // A variable that is empty in a runbook means the same as a parameter that is left out.
    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private sealed record Settings(
        string ClientId,
        string? ManagedIdentityClientId,
        string? ManagedIdentityObjectId,
        string? ManagedIdentityResourceId,
        string? Scope,
        string? ApiBaseUrl);
}
