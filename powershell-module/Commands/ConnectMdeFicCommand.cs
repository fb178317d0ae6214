using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Sets the defaults of this runspace, after the identity has shown that it gives an assertion.</summary>
[Cmdlet(VerbsCommunications.Connect, "MdeFic")]
[OutputType(typeof(MdeFicContext))]
public sealed class ConnectMdeFicCommand : IdentityCommand
{
    /// <summary>The tenants that cmdlets work on when they are given none.</summary>
    [Parameter(Position = 0)]
    [Alias("Tenant", "CustomerId")]
    [ValidateNotNullOrEmpty]
    public string[]? TenantId { get; set; }

    /// <summary>The base URL of the Defender API; the cloud's own host when left out.</summary>
    [Parameter]
    public string? ApiBaseUrl { get; set; }

    /// <summary>The region whose host of the Defender API is asked, such as eu.</summary>
    [Parameter]
    [ValidateSet("us", "eu", "uk", "au", "swa", "ina", "aea")]
    public string? Region { get; set; }

    /// <summary>Returns the defaults that are in force now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var settings = Given();
        var request = settings.ToRequest([.. TenantId ?? []], 1);
        // A failure ends the command here, and what was set before stays.
        Run(() => Operation.Check(request.Wire()), _ => { });
        var context = new MdeFicContext(settings, TenantId ?? []);
        MdeFicContext.SetOfRunspace(context);
        if (PassThru)
        {
            WriteObject(context);
        }
    }

    /// <inheritdoc/>
    private protected override ConnectionSettings Given() =>
        base.Given() with { ApiBaseUrl = ApiBaseUrl, Region = Region };
}
