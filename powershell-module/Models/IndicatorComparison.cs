namespace MdeFic.Models;

/// <summary>One type and value in all tenants that were compared.</summary>
public sealed class IndicatorComparison : DefenderRecord
{
    /// <summary>The type.</summary>
    public string IndicatorType { get; set; } = string.Empty;

    /// <summary>The value.</summary>
    public string IndicatorValue { get; set; } = string.Empty;

    /// <summary>The tenants that have it.</summary>
    public string[] PresentIn { get; set; } = [];

    /// <summary>The tenants that don't.</summary>
    public string[] MissingIn { get; set; } = [];

    /// <summary>What differs, and where.</summary>
    public string[] Differences { get; set; } = [];

    /// <summary>Whether all tenants have the same.</summary>
    public bool IsEqual => MissingIn.Length == 0 && Differences.Length == 0;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{IndicatorType} {IndicatorValue}: in {PresentIn.Length} tenants, missing in {MissingIn.Length}";
}
