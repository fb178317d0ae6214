using System.Text.Json.Serialization;

namespace MdeFic.Benchmarks.Peers;

/// <summary>A page as a .NET program describes it to System.Text.Json.</summary>
internal sealed class IndicatorPageBody
{
    /// <summary>The records.</summary>
    public List<IndicatorBody> Value { get; set; } = [];

    /// <summary>Where the next page is, if there is one.</summary>
    [JsonPropertyName("@odata.nextLink")]
    public string? NextLink { get; set; }
}

/// <summary>A record with the same fields as ours.</summary>
internal sealed class IndicatorBody
{
    public string? Id { get; set; }

    public string? IndicatorValue { get; set; }

    public string? IndicatorType { get; set; }

    public string? Action { get; set; }

    public string? Title { get; set; }

    public string? Description { get; set; }

    public string? Severity { get; set; }

    public string? Application { get; set; }

    public DateTimeOffset? ExpirationTime { get; set; }

    public bool? GenerateAlert { get; set; }

    public string? RecommendedActions { get; set; }

    public string[]? RbacGroupNames { get; set; }

    public long[]? RbacGroupIds { get; set; }

    public string? EducateUrl { get; set; }

    public string? ExternalId { get; set; }

    public int? Category { get; set; }

    public string[]? MitreTechniques { get; set; }

    public bool? HistoricalDetection { get; set; }

    public long? BypassDurationHours { get; set; }

    public string? CreatedBy { get; set; }

    public string? CreatedByDisplayName { get; set; }

    public string? CreatedBySource { get; set; }

    public string? Source { get; set; }

    public string? SourceType { get; set; }

    public string? LastUpdatedBy { get; set; }

    public DateTimeOffset? CreationTimeDateTimeUtc { get; set; }

    public DateTimeOffset? LastUpdateTime { get; set; }
}
