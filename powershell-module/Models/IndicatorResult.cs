using System.Management.Automation;

namespace MdeFic.Models;

/// <summary>What became of a wanted indicator in one tenant. It can be piped in again.</summary>
public sealed class IndicatorResult : DefenderRecord
{
    /// <summary>Add, Change, Remove, Write, Keep, Foreign or Conflict.</summary>
    public string Change { get; set; } = string.Empty;

    /// <summary>Planned, Accepted, Refused, NotSent, Unknown or Skipped.</summary>
    public string Status { get; set; } = string.Empty;

    /// <summary>Why, where that is not plain.</summary>
    public string? Reason { get; set; }

    /// <summary>The line of the file, or the place in the pipeline, that wanted it.</summary>
    public long? Row { get; set; }

    /// <summary>The indicator's id, where it is known.</summary>
    public string? Id { get; set; }

    /// <summary>The properties that change, with what they were and what they become.</summary>
    public string[] ChangedProperties { get; set; } = [];

    /// <summary>The indicator, with Defender's own property names.</summary>
    public object? Indicator { get; set; }

    /// <summary>The type of the indicator.</summary>
    public string? IndicatorType => Of("indicatorType");

    /// <summary>The value of the indicator.</summary>
    public string? IndicatorValue => Of("indicatorValue");

    /// <summary>The action of the indicator.</summary>
    public string? Action => Of("action");

    /// <summary>The title of the indicator.</summary>
    public string? Title => Of("title");

    /// <inheritdoc/>
    public override string ToString() => $"{Change} {IndicatorType} {IndicatorValue} {Action}: {Status}";

    private string? Of(string property) => (Indicator as PSObject)?.Properties[property]?.Value as string;
}
