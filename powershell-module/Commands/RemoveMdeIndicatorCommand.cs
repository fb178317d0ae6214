using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Removes indicators, by their ids.</summary>
[Cmdlet(VerbsCommon.Remove, "MdeIndicator", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(IndicatorResult))]
public sealed class RemoveMdeIndicatorCommand : IndicatorWriteCommand
{
    private readonly List<(ConnectionSettings Settings, string TenantId, string Id)> _ids = [];

    /// <summary>The ids of the indicators.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var settings = Given().Over(Context?.Settings);
        foreach (var tenantId in TenantId ?? Context?.TenantId ?? [])
        {
            _ids.AddRange(Id.Select(id => (settings, tenantId, id)));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var group in _ids.GroupBy(one => one.Settings))
        {
            var byTenant = group.GroupBy(one => one.TenantId, StringComparer.OrdinalIgnoreCase)
                .Where(tenant => ShouldProcess($"tenant {tenant.Key}", $"remove {Named([.. tenant.Select(one => one.Id)])}"))
                .ToList();
            if (byTenant.Count == 0)
            {
                continue;
            }

            var request = Ask(group.Key.ToRequest([.. byTenant.Select(tenant => tenant.Key)], ThrottleLimit));
            request.ids = [.. byTenant.SelectMany(tenant => tenant.Select(one => new NamedText { name = tenant.Key, content = one.Id }))];
            Write(() => Operation.RemoveIndicators(request.Wire()));
        }
    }

    // All of them by their ids, as long as a person would read that.
    private static string Named(string[] ids) => ids.Length switch
    {
        1 => $"indicator {ids[0]}",
        <= 10 => $"{ids.Length} indicators: {string.Join(", ", ids)}",
        _ => $"{ids.Length} indicators",
    };
}
