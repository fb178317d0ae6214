using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MdeFic.Errors;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>What every cmdlet that gets the records of a list takes.</summary>
public abstract class RecordCommand : DefenderCommand
{
    /// <summary>An OData filter, passed to Defender beside what the other parameters ask for.</summary>
    [Parameter]
    public string? Filter { get; set; }

    /// <summary>Returns at most this many records of each tenant.</summary>
    [Parameter]
    public ulong? First { get; set; }

    /// <summary>Leaves out this many records at the beginning of each tenant's list.</summary>
    [Parameter]
    public ulong Skip { get; set; }

    /// <summary>A request for a list, with this cmdlet's own parameters.</summary>
    private protected RecordsRequest Ask(ConnectionRequest connection, string list) => new()
    {
        connection = connection,
        list = list,
        filter = string.IsNullOrWhiteSpace(Filter) ? null : Filter,
        skip = Skip,
        first = First,
        id = null,
        conditions = [],
        parameters = [],
    };

    /// <summary>Writes the records of a list as they come.</summary>
    private protected void List<T>(RecordsRequest request, JsonTypeInfo<T> shape, Action<T>? complete = null)
        where T : DefenderRecord =>
        Run(() => Operation.Records(request.Wire()), operation => WriteRecords(operation, (tenantId, json) =>
        {
            var record = JsonSerializer.Deserialize(json, shape) ?? throw new JsonException("the record is null");
            record.TenantId = tenantId;
            complete?.Invoke(record);
            return record;
        }));
}
