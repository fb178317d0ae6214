using System.Management.Automation;
using System.Security;
using MdeFic.Models;
using MdeFic.Native;

namespace MdeFic.Commands;

/// <summary>
/// What every cmdlet that needs an identity takes: the application, the identity, the cloud. What is left out comes from
/// Connect-MdeFic.
/// </summary>
public abstract class IdentityCommand : OperationCommand
{
    /// <summary>The client id of the multi-tenant application.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ApplicationId", "AppId")]
    [ValidateNotNullOrEmpty]
    public string? ClientId { get; set; }

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

    /// <summary>What Connect-MdeFic has set in this runspace.</summary>
    private protected MdeFicContext? Context { get; private set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Context = MdeFicContext.OfRunspace();
    }

    /// <summary>What the parameters say.</summary>
    private protected virtual ConnectionSettings Given() => new()
    {
        ClientId = ClientId,
        IdentitySource = IdentitySource,
        ManagedIdentityClientId = ManagedIdentityClientId,
        ManagedIdentityObjectId = ManagedIdentityObjectId,
        ManagedIdentityResourceId = ManagedIdentityResourceId,
        Assertion = Assertion,
        ServiceConnectionId = ServiceConnectionId,
        ExchangeAudience = ExchangeAudience,
        Cloud = Cloud,
    };
}
