using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Makes the link by which a tenant's administrator consents to the application. Nothing is changed.</summary>
[Cmdlet(VerbsCommon.New, "MdeFicConsentLink")]
[OutputType(typeof(ConsentLink))]
public sealed class NewMdeFicConsentLinkCommand : OperationCommand
{
    /// <summary>The tenants: directory ids or verified domains.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Tenant", "CustomerId")]
    [ValidateNotNullOrEmpty]
    public string[]? TenantId { get; set; }

    /// <summary>The client id of the multi-tenant application.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ApplicationId", "AppId")]
    [ValidateNotNullOrEmpty]
    public string? ClientId { get; set; }

    /// <summary>The national cloud; the one of AZURE_AUTHORITY_HOST, else the public one, when left out.</summary>
    [Parameter]
    [Alias("Environment")]
    [ArgumentCompleter(typeof(CloudCompleter))]
    public string? Cloud { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var context = MdeFicContext.OfRunspace();
        var settings = new ConnectionSettings { ClientId = ClientId, Cloud = Cloud }.Over(context?.Settings);
        var request = settings.ToRequest([.. TenantId ?? context?.TenantId ?? []], 1);
        Run(() => Operation.ConsentLinks(request.Wire()), operation =>
        {
            using var taken = operation.TakeConsentLinks();
            foreach (var link in taken.Unwire())
            {
                WriteObject(ConsentLink.Of(link));
            }
        });
    }
}
