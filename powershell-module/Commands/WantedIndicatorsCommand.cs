using System.Management.Automation;
using MdeFic.Json;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>What the cmdlets that write many indicators take: a file, or objects from the pipeline.</summary>
public abstract class WantedIndicatorsCommand : IndicatorWriteCommand
{
    private protected const string PathSet = "Path";
    private protected const string InputSet = "InputObject";

    private readonly List<(ConnectionSettings Settings, string[] TenantIds, List<string> Rows)> _wanted = [];

    /// <summary>The tenants: directory ids or verified domains.</summary>
    // The pipeline brings indicators, whose own tenant is used when none is named.
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Tenant", "CustomerId")]
    [ValidateNotNullOrEmpty]
    public override string[]? TenantId { get; set; }

    /// <summary>A CSV file with the portal's columns, or a JSON file.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>Indicators: records, results, tables, or objects with Defender's property names.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet)]
    [ValidateNotNull]
    public PSObject[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var settings = Given().Over(Context?.Settings);
        var tenantIds = TenantId ?? Context?.TenantId ?? [];
        var place = _wanted.FindIndex(one => one.Settings == settings && one.TenantIds.SequenceEqual(tenantIds));
        if (place < 0)
        {
            place = _wanted.Count;
            _wanted.Add((settings, tenantIds, []));
        }

        _wanted[place].Rows.AddRange(InputObject.Select(IndicatorJson.Of));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var file = ParameterSetName == PathSet ? SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path) : null;
        foreach (var (settings, tenantIds, rows) in _wanted)
        {
            var request = Ask(settings.ToRequest([.. tenantIds], ThrottleLimit));
            request.rows = rows;
            request.file = file;
            Process(request, file is null ? $"{rows.Count} indicators" : $"the indicators of {file}");
        }
    }

    /// <summary>Works on what is wanted in the same tenants.</summary>
    private protected abstract void Process(WriteRequest request, string what);
}
