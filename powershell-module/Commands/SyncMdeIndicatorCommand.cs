using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Makes the indicators that you look after in each tenant equal to the wanted ones.</summary>
[Cmdlet(VerbsData.Sync, "MdeIndicator", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(IndicatorResult))]
public sealed class SyncMdeIndicatorCommand : WantedIndicatorsCommand
{
    /// <summary>What is yours begins like this in its external id; what the application created when left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ExternalIdPrefix { get; set; }

    /// <summary>Removes all of yours when nothing is wanted.</summary>
    [Parameter]
    public SwitchParameter AllowEmpty { get; set; }

    /// <inheritdoc/>
    private protected override void Process(WriteRequest request, string what)
    {
        var agreed = request.connection.tenant_ids.FindAll(tenant =>
        {
            var description = $"make your indicators of tenant {tenant} equal to {what}";
            return ShouldProcess(description, $"Add, change and remove: {description}?", "Sync-MdeIndicator", out var reason)
                || reason == ShouldProcessReason.WhatIf;
        });
        if (agreed.Count == 0 && request.connection.tenant_ids.Count > 0)
        {
            return;
        }

        request.connection.tenant_ids = agreed;
        request.external_id_prefix = ExternalIdPrefix;
        request.plans_only = IsWhatIf;
        request.allows_empty = AllowEmpty;
        Write(() => Operation.SyncIndicators(request.Wire()));
    }

    // -WhatIf as a parameter or as the session's preference: what would be done is told tenant by tenant.
    private bool IsWhatIf =>
        MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given)
            ? given is SwitchParameter { IsPresent: true }
            : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));
}
