using System.Management.Automation;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>
/// What every cmdlet that works on tenants takes. Tenants are collected from the pipeline and worked on together at its
/// end; those that share all other settings, and the subject if the cmdlet has one, share one operation.
/// </summary>
public abstract class TenantCommand : IdentityCommand
{
    private readonly List<(ConnectionSettings Settings, string? Subject, List<string> TenantIds)> _groups = [];

    /// <summary>The tenants: directory ids or verified domains.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Tenant", "CustomerId")]
    [ValidateNotNullOrEmpty]
    public virtual string[]? TenantId { get; set; }

    /// <summary>How many tenants are worked on at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 32;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Collect(null);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (settings, subject, tenantIds) in _groups)
        {
            Process(settings.ToRequest(tenantIds, ThrottleLimit), subject);
        }
    }

    /// <summary>Puts the tenants that are bound now to those of the same settings and subject.</summary>
    private protected void Collect(string? subject)
    {
        var settings = Given().Over(Context?.Settings);
        if (_groups.Count == 0 || _groups[^1].Settings != settings || _groups[^1].Subject != subject)
        {
            _groups.Add((settings, subject, []));
        }

        _groups[^1].TenantIds.AddRange(TenantId ?? Context?.TenantId ?? []);
    }

    /// <summary>Works on one group of tenants.</summary>
    private protected virtual void Process(ConnectionRequest connection)
    {
    }

    /// <summary>Works on one group of tenants and what is asked for in them.</summary>
    private protected virtual void Process(ConnectionRequest connection, string? subject) => Process(connection);
}
