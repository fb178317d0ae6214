using System.Management.Automation;
using System.Text.Json;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>What every cmdlet that writes indicators has: results, and the question whether to go on.</summary>
public abstract class IndicatorWriteCommand : DefenderCommand
{
    /// <summary>A request with nothing in it yet.</summary>
    private protected static WriteRequest Ask(ConnectionRequest connection) => new()
    {
        connection = connection,
        rows = [],
        file = null,
        ids = [],
        external_id_prefix = null,
        plans_only = false,
        allows_empty = false,
    };

    /// <summary>Leaves only the tenants for which the user agrees. Whether any is left.</summary>
    private protected bool Confirm(ConnectionRequest connection, string action)
    {
        connection.tenant_ids.RemoveAll(tenant => !ShouldProcess($"tenant {tenant}", action));
        return connection.tenant_ids.Count > 0;
    }

    /// <summary>Runs a write and puts out what became of each indicator.</summary>
    private protected void Write(Func<Operation> start) => Run(start, operation => WriteRecords(operation, (tenantId, json) =>
    {
        var result = JsonSerializer.Deserialize(json, DefenderJson.Default.IndicatorResult)
            ?? throw new JsonException("the record is null");
        result.TenantId = tenantId;
        return result;
    }));
}
