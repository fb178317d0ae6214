using System.Management.Automation;
using System.Text.Json;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Puts the indicators of many tenants side by side.</summary>
[Cmdlet(VerbsData.Compare, "MdeIndicator")]
[OutputType(typeof(IndicatorComparison))]
public sealed class CompareMdeIndicatorCommand : DefenderCommand
{
    /// <summary>Puts out those as well that are the same in all tenants.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        var request = new ComparisonRequest { connection = connection, includes_equal = IncludeEqual };
        Run(() => Operation.CompareIndicators(request.Wire()), operation => WriteRecords(operation, (_, json) =>
            JsonSerializer.Deserialize(json, DefenderJson.Default.IndicatorComparison)
                ?? throw new JsonException("the record is null")));
    }
}
