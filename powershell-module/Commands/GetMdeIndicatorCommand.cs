using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Gets the custom indicators of one or many tenants, as they arrive.</summary>
[Cmdlet(VerbsCommon.Get, "MdeIndicator")]
[OutputType(typeof(Indicator))]
public sealed class GetMdeIndicatorCommand : RecordCommand
{
    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        var request = new IndicatorsRequest
        {
            connection = connection,
            filter = string.IsNullOrWhiteSpace(Filter) ? null : Filter,
            skip = Skip,
            first = First,
        };
        Run(() => Operation.Indicators(request.Wire()), operation =>
        {
            using var taken = operation.TakeIndicators();
            var reply = taken.Unwire();
            var texts = new Texts(reply.texts);
            foreach (var indicator in reply.indicators)
            {
                WriteObject(Indicator.Of(reply.tenant_id, texts, indicator));
            }
        });
    }
}
