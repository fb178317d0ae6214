using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Creates or changes many indicators in one or many tenants.</summary>
[Cmdlet(VerbsData.Import, "MdeIndicator", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(IndicatorResult))]
public sealed class ImportMdeIndicatorCommand : WantedIndicatorsCommand
{
    /// <inheritdoc/>
    private protected override void Process(WriteRequest request, string what)
    {
        if (Confirm(request.connection, $"import {what}"))
        {
            Write(() => Operation.ImportIndicators(request.Wire()));
        }
    }
}
