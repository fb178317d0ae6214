using System.Collections;
using System.Management.Automation;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Creates an indicator in one or many tenants.</summary>
[Cmdlet(VerbsCommon.New, "MdeIndicator", SupportsShouldProcess = true)]
[OutputType(typeof(IndicatorResult))]
public sealed class NewMdeIndicatorCommand : IndicatorPropertyCommand
{
    /// <summary>The hash, address, domain, URL or thumbprint.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [Alias("Value")]
    [ValidateNotNullOrEmpty]
    public string IndicatorValue { get; set; } = string.Empty;

    /// <summary>What kind of value that is.</summary>
    [Parameter(Mandatory = true)]
    [Alias("Type")]
    [ArgumentCompleter(typeof(IndicatorTypeCompleter))]
    public string IndicatorType { get; set; } = string.Empty;

    /// <summary>What is done when it matches.</summary>
    [Parameter(Mandatory = true)]
    [ArgumentCompleter(typeof(IndicatorActionCompleter))]
    public string Action { get; set; } = string.Empty;

    /// <summary>The title of the alert.</summary>
    [Parameter(Mandatory = true)]
    public string Title { get; set; } = string.Empty;

    /// <summary>The name that a blocking notification shows.</summary>
    [Parameter]
    public string? Application { get; set; }

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        if (!Confirm(connection, $"create the indicator {IndicatorType} {IndicatorValue} with action {Action}"))
        {
            return;
        }

        var request = Ask(connection);
        request.rows = [IndicatorJson.Of(PSObject.AsPSObject(Properties()))];
        Write(() => Operation.ImportIndicators(request.Wire()));
    }

    /// <inheritdoc/>
    private protected override Hashtable Properties()
    {
        var given = base.Properties();
        given["indicatorValue"] = IndicatorValue;
        given["indicatorType"] = IndicatorType;
        given["action"] = Action;
        given["title"] = Title;
        // Defender refuses an indicator without one.
        given["description"] = string.IsNullOrWhiteSpace(Description) ? Title : Description;
        if (!string.IsNullOrWhiteSpace(Application))
        {
            given["application"] = Application;
        }

        return given;
    }
}
