using System.Collections;
using System.Management.Automation;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Changes an indicator, by its id.</summary>
[Cmdlet(VerbsCommon.Set, "MdeIndicator", SupportsShouldProcess = true)]
[OutputType(typeof(IndicatorResult))]
public sealed class SetMdeIndicatorCommand : IndicatorPropertyCommand
{
    /// <summary>The indicator's id.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Id { get; set; } = string.Empty;

    /// <summary>What is done when it matches.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(IndicatorActionCompleter))]
    public string? Action { get; set; }

    /// <summary>The title of the alert.</summary>
    [Parameter]
    public string? Title { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Collect(Id);

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection, string? subject)
    {
        var given = Properties();
        var names = string.Join(", ", given.Keys.Cast<string>().Order(StringComparer.Ordinal));
        if (given.Count == 0 || !Confirm(connection, $"change {names} of indicator {subject}"))
        {
            return;
        }

        var request = Ask(connection);
        request.rows = [IndicatorJson.Of(PSObject.AsPSObject(given))];
        request.ids = connection.tenant_ids.ConvertAll(tenant => new NamedText { name = tenant, content = subject! });
        Write(() => Operation.ChangeIndicator(request.Wire()));
    }

    /// <inheritdoc/>
    private protected override Hashtable Properties()
    {
        var given = base.Properties();
        foreach (var (name, value) in new[] { ("action", Action), ("title", Title) })
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                given[name] = value;
            }
        }

        return given;
    }
}
