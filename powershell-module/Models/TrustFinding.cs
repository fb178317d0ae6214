using System.Collections.Specialized;
using MdeFic.Native.Generated;

namespace MdeFic.Models;

/// <summary>What came of one step between the workload and Defender.</summary>
public sealed class TrustFinding
{
    private TrustFinding(FindingReply reply)
    {
        TenantId = reply.tenant_id;
        Step = reply.step;
        Status = reply.status;
        Detail = reply.detail;
        Remedy = reply.remedy;
        Code = reply.code;
        Duration = TimeSpan.FromSeconds(reply.duration_seconds);
        Instructions = [];
        foreach (var instruction in reply.instructions)
        {
            Instructions.Add(instruction.tool, instruction.text);
        }
    }

    /// <summary>The tenant; empty for what is the same for all of them.</summary>
    public string TenantId { get; }

    /// <summary>Host, Assertion, FederatedCredential, Tenant, Exchange, Roles or DefenderCall.</summary>
    public string Step { get; }

    /// <summary>Passed, Warning, Failed or Skipped.</summary>
    public string Status { get; }

    /// <summary>What was found.</summary>
    public string Detail { get; }

    /// <summary>What to do; empty where there is nothing to do.</summary>
    public string Remedy { get; }

    /// <summary>The failure's code, as the errors of the other cmdlets carry it; empty where nothing failed.</summary>
    public string Code { get; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Ready text for Portal, AzureCli, Graph and Bicep; empty where there is nothing to set up.</summary>
    public OrderedDictionary Instructions { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Step}: {Status}";

    internal static TrustFinding Of(FindingReply reply) => new(reply);
}
