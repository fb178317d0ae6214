using System.Management.Automation;
using System.Xml;
using MdeFic.Json;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Runs an advanced hunting query in one or many tenants, through Microsoft Graph.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "MdeHunting")]
[OutputType(typeof(PSObject))]
public sealed class InvokeMdeHuntingCommand : TenantCommand
{
    /// <summary>The query, in Kusto's query language.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [Alias("Kql")]
    [ValidateNotNullOrEmpty]
    public string Query { get; set; } = string.Empty;

    /// <summary>How far back the query looks; 30 days when left out.</summary>
    [Parameter]
    public TimeSpan? Timespan { get; set; }

    /// <summary>The base URL of Microsoft Graph; the cloud's own when left out.</summary>
    [Parameter]
    public string? GraphBaseUrl { get; set; }

    /// <summary>What the token is for; the cloud's Microsoft Graph when left out.</summary>
    [Parameter]
    public string? Scope { get; set; }

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        // The connected scope and addresses are the Defender API's.
        connection.scope = string.IsNullOrWhiteSpace(Scope) ? null : Scope;
        connection.api_base_url = string.IsNullOrWhiteSpace(GraphBaseUrl) ? null : GraphBaseUrl;
        connection.region = null;
        var request = new HuntingRequest
        {
            connection = connection,
            query = Query,
            timespan = Timespan is { } span ? XmlConvert.ToString(span) : null,
        };
        Run(() => Operation.Hunting(request.Wire()), operation => WriteRecords(operation, JsonRecords.Of));
    }
}
