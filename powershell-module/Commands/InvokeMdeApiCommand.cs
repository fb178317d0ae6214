using System.Collections;
using System.Globalization;
using System.Management.Automation;
using MdeFic.Json;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Calls any path of the Defender API in one or many tenants.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "MdeApi", SupportsShouldProcess = true)]
[OutputType(typeof(PSObject), typeof(string))]
public sealed class InvokeMdeApiCommand : DefenderCommand
{
    /// <summary>The path, such as /api/machines, or an address on one of the cloud's own hosts.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The method.</summary>
    [Parameter]
    [ValidateSet("GET", "POST", "PATCH", "PUT", "DELETE")]
    public string Method { get; set; } = "GET";

    /// <summary>The body: JSON text, or an object that is written as JSON.</summary>
    [Parameter]
    public object? Body { get; set; }

    /// <summary>Parameters of the query, by name.</summary>
    [Parameter]
    public IDictionary? Query { get; set; }

    /// <summary>Returns at most this many records of each tenant.</summary>
    [Parameter]
    public ulong? First { get; set; }

    /// <summary>Returns each record as JSON text.</summary>
    [Parameter]
    public SwitchParameter AsJson { get; set; }

    private bool Changes => !string.Equals(Method, "GET", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        if (Changes)
        {
            connection.tenant_ids.RemoveAll(tenant => !ShouldProcess($"tenant {tenant}", $"{Method} {Path}"));
            if (connection.tenant_ids.Count == 0)
            {
                return;
            }
        }

        var request = new ApiRequest
        {
            connection = connection,
            method = Method,
            path = Path,
            parameters = Parameters(),
            body = JsonBody.Of(Body),
            first = First,
        };
        Run(() => Operation.Api(request.Wire()), operation => WriteRecords(
            operation,
            (tenantId, json) => AsJson ? json : JsonRecords.Of(tenantId, json)));
    }

    private List<NamedText> Parameters() =>
    [
        .. (Query ?? new Hashtable()).Cast<DictionaryEntry>().Select(entry => new NamedText
        {
            name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? string.Empty,
            content = Convert.ToString(entry.Value, CultureInfo.InvariantCulture) ?? string.Empty,
        }),
    ];
}
