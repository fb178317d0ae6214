using System.Management.Automation;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Gets the software inventory of one or many tenants.</summary>
[Cmdlet(VerbsCommon.Get, "MdeSoftware")]
[OutputType(typeof(Software))]
public sealed class GetMdeSoftwareCommand : RecordCommand
{
    /// <summary>The name of the software.</summary>
    [Parameter]
    public string? Name { get; set; }

    /// <summary>The maker of the software.</summary>
    [Parameter]
    public string? Vendor { get; set; }

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        var request = Ask(connection, "software");
        request.conditions = NamedTexts.Given(("name", Name), ("vendor", Vendor));
        List(request, DefenderJson.Default.Software);
    }
}
