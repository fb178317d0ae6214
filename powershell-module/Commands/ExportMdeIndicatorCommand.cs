using System.Management.Automation;
using MdeFic.Errors;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Writes indicators to files that the portal, or Import-MdeIndicator, takes.</summary>
[Cmdlet(VerbsData.Export, "MdeIndicator", SupportsShouldProcess = true, DefaultParameterSetName = TenantSet)]
[OutputType(typeof(FileInfo))]
public sealed class ExportMdeIndicatorCommand : DefenderCommand
{
    private const string TenantSet = "Tenant";
    private const string InputSet = "InputObject";

    /// <summary>The portal imports no more rows at once.</summary>
    private const int PortalRows = 500;

    private readonly List<(string TenantId, string Json)> _rows = [];

    /// <summary>The tenants: directory ids or verified domains.</summary>
    // The pipeline brings indicators, each with its own tenant.
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Tenant", "CustomerId")]
    [ValidateNotNullOrEmpty]
    public override string[]? TenantId { get; set; }

    /// <summary>The file. A name that ends in .json means JSON, any other CSV.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>Indicators, instead of those that the tenants have.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = InputSet)]
    [ValidateNotNull]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>An OData filter, passed to Defender as it is.</summary>
    [Parameter(ParameterSetName = TenantSet)]
    public string? Filter { get; set; }

    /// <summary>Writes the columns as well that the portal does not know, and any number of rows into one file.</summary>
    [Parameter]
    public SwitchParameter AllColumns { get; set; }

    /// <summary>Does not overwrite a file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != InputSet)
        {
            base.ProcessRecord();
            return;
        }

        foreach (var item in InputObject)
        {
            var tenantId = item.Properties["TenantId"]?.Value as string ?? string.Empty;
            _rows.Add((tenantId, IndicatorJson.Of(item)));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (ParameterSetName != InputSet)
        {
            base.EndProcessing();
        }

        var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path);
        var tenants = _rows.GroupBy(row => row.TenantId, row => row.Json, StringComparer.OrdinalIgnoreCase).ToList();
        if (tenants.Count <= 1)
        {
            Export(path, _rows.ConvertAll(row => row.Json));
            return;
        }

        foreach (var tenant in tenants)
        {
            // The id can come from an object of any origin, which must not choose the folder.
            var id = string.Join('_', tenant.Key.Split([.. System.IO.Path.GetInvalidFileNameChars(), '/', '\\']));
            var name = $"{System.IO.Path.GetFileNameWithoutExtension(path)}-{id}{System.IO.Path.GetExtension(path)}";
            Export(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? string.Empty, name), [.. tenant]);
        }
    }

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        var request = new IndicatorsRequest
        {
            connection = connection,
            filter = string.IsNullOrWhiteSpace(Filter) ? null : Filter,
            skip = 0,
            first = null,
            search = Searches.All(),
        };
        Run(() => Operation.Indicators(request.Wire()), operation =>
        {
            using var taken = operation.TakeIndicators();
            var reply = taken.Unwire();
            var texts = new Texts(reply.texts);
            _rows.AddRange(reply.indicators.Select(indicator =>
                (reply.tenant_id, IndicatorJson.Of(PSObject.AsPSObject(Indicator.Of(reply.tenant_id, texts, indicator))))));
        });
    }

    private void Export(string path, List<string> rows)
    {
        if (NoClobber && File.Exists(path))
        {
            WriteError(ErrorRecords.Of(NativeErrors.FileExists(path)));
            return;
        }

        if (!ShouldProcess(path, $"write {rows.Count} indicators"))
        {
            return;
        }

        var request = new ExportRequest
        {
            rows = rows,
            file = path,
            all_columns = AllColumns,
            rows_per_file = AllColumns ? 0u : PortalRows,
        };
        using var written = Interop.export_indicators(request.Wire());
        var reply = written.Unwire();
        if (reply.error is { } error)
        {
            WriteError(ErrorRecords.Of(new MdeFicException(error)));
            return;
        }

        if (reply.left_out.Count > 0)
        {
            WriteWarning($"The portal's columns have no place for {string.Join(", ", reply.left_out)}: use -AllColumns or a .json file to keep them.");
        }

        foreach (var file in reply.files)
        {
            WriteObject(new FileInfo(file));
        }
    }
}
