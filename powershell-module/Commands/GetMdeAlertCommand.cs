using System.Management.Automation;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Gets the alerts of one or many tenants.</summary>
[Cmdlet(VerbsCommon.Get, "MdeAlert")]
[OutputType(typeof(Alert))]
public sealed class GetMdeAlertCommand : RecordCommand
{
    /// <summary>Gets the evidence of each alert with it.</summary>
    [Parameter]
    public SwitchParameter IncludeEvidence { get; set; }

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        var request = Ask(connection, "alerts");
        request.parameters = NamedTexts.Given(("$expand", IncludeEvidence ? "evidence" : null));
        List(request, DefenderJson.Default.Alert);
    }
}
