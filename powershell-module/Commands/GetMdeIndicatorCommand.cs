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
    /// <summary>Those of these ids.</summary>
    [Parameter]
    public string[] Id { get; set; } = [];

    /// <summary>Those of these values.</summary>
    [Parameter]
    [Alias("Value")]
    public string[] IndicatorValue { get; set; } = [];

    /// <summary>Those of these types.</summary>
    [Parameter]
    [Alias("Type")]
    [ArgumentCompleter(typeof(IndicatorTypeCompleter))]
    public string[] IndicatorType { get; set; } = [];

    /// <summary>Those with these actions.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(IndicatorActionCompleter))]
    public string[] Action { get; set; } = [];

    /// <summary>Those of these severities.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(IndicatorSeverityCompleter))]
    public string[] Severity { get; set; } = [];

    /// <summary>Those with these titles.</summary>
    [Parameter]
    public string[] Title { get; set; } = [];

    /// <summary>Those that these applications or users created.</summary>
    [Parameter]
    public string[] CreatedBy { get; set; } = [];

    /// <summary>Those with these external ids.</summary>
    [Parameter]
    public string[] ExternalId { get; set; } = [];

    /// <summary>Those that delete themselves before this.</summary>
    [Parameter]
    public DateTimeOffset? ExpiresBefore { get; set; }

    /// <summary>Those that delete themselves after this.</summary>
    [Parameter]
    public DateTimeOffset? ExpiresAfter { get; set; }

    /// <summary>Those that never delete themselves.</summary>
    [Parameter]
    public SwitchParameter NeverExpires { get; set; }

    /// <summary>Those of which there is another one with the same type and value.</summary>
    [Parameter]
    public SwitchParameter Duplicate { get; set; }

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        var request = new IndicatorsRequest
        {
            connection = connection,
            filter = string.IsNullOrWhiteSpace(Filter) ? null : Filter,
            skip = Skip,
            first = First,
            search = new SearchRequest
            {
                ids = [.. Id],
                values = [.. IndicatorValue],
                types = [.. IndicatorType],
                actions = [.. Action],
                severities = [.. Severity],
                titles = [.. Title],
                created_by = [.. CreatedBy],
                external_ids = [.. ExternalId],
                expires_before = ExpiresBefore?.UtcTicks,
                expires_after = ExpiresAfter?.UtcTicks,
                never_expires = NeverExpires,
                has_duplicate = Duplicate,
            },
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
