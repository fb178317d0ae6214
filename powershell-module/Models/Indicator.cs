using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Models;

/// <summary>A custom indicator, with Defender's own property names. Enumerations are texts: Defender adds values.</summary>
public sealed class Indicator
{
    /// <summary>The tenant it belongs to.</summary>
    public string TenantId { get; set; } = string.Empty;

    /// <summary>Its id, unique in the tenant; values are not.</summary>
    public string Id { get; set; } = string.Empty;

    /// <summary>The hash, address, domain, URL or thumbprint.</summary>
    public string IndicatorValue { get; set; } = string.Empty;

    /// <summary>FileSha1, FileSha256, FileMd5, CertificateThumbprint, IpAddress, DomainName or Url.</summary>
    public string IndicatorType { get; set; } = string.Empty;

    /// <summary>Allowed, Audit, Warn, Block or BlockAndRemediate.</summary>
    public string Action { get; set; } = string.Empty;

    /// <summary>The alert's title.</summary>
    public string? Title { get; set; }

    /// <summary>What it is about.</summary>
    public string? Description { get; set; }

    /// <summary>Informational, Low, Medium or High.</summary>
    public string? Severity { get; set; }

    /// <summary>The name that a blocking notification shows.</summary>
    public string? Application { get; set; }

    /// <summary>When it deletes itself; never when null.</summary>
    public DateTimeOffset? ExpirationTime { get; set; }

    /// <summary>Whether a match raises an alert.</summary>
    public bool? GenerateAlert { get; set; }

    /// <summary>What the alert recommends.</summary>
    public string? RecommendedActions { get; set; }

    /// <summary>The device groups it applies to; all when empty.</summary>
    public string[] RbacGroupNames { get; set; } = [];

    /// <summary>The ids of those groups.</summary>
    public string[] RbacGroupIds { get; set; } = [];

    /// <summary>Where a notification sends the user.</summary>
    public string? EducateUrl { get; set; }

    /// <summary>The creator's own key.</summary>
    public string? ExternalId { get; set; }

    /// <summary>The alert category, as Defender sends it.</summary>
    public string? Category { get; set; }

    /// <summary>MITRE ATT&amp;CK techniques.</summary>
    public string[] MitreTechniques { get; set; } = [];

    /// <summary>Whether past events are searched.</summary>
    public bool? HistoricalDetection { get; set; }

    /// <summary>For how many hours a user may bypass a warning.</summary>
    public long? BypassDurationHours { get; set; }

    /// <summary>The application id or user that created it.</summary>
    public string? CreatedBy { get; set; }

    /// <summary>The creator's name.</summary>
    public string? CreatedByDisplayName { get; set; }

    /// <summary>PublicApi or Portal.</summary>
    public string? CreatedBySource { get; set; }

    /// <summary>The creator, in older replies.</summary>
    public string? Source { get; set; }

    /// <summary>User or AadApp, in older replies.</summary>
    public string? SourceType { get; set; }

    /// <summary>Who changed it last.</summary>
    public string? LastUpdatedBy { get; set; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset? CreationTimeDateTimeUtc { get; set; }

    /// <summary>When it was changed last.</summary>
    public DateTimeOffset? LastUpdateTime { get; set; }

    /// <summary>Properties that this version does not know, as JSON texts by name.</summary>
    public IReadOnlyDictionary<string, string> AdditionalProperties { get; set; } = None;

    private static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>();

    /// <summary>Type, value and action.</summary>
    public override string ToString() => $"{IndicatorType} {IndicatorValue} {Action}";

    internal static Indicator Of(string tenantId, Texts texts, IndicatorReply reply) => new()
    {
        TenantId = tenantId,
        Id = texts.Text(reply.id),
        IndicatorValue = texts.Text(reply.indicator_value),
        IndicatorType = texts.Text(reply.indicator_type),
        Action = texts.Text(reply.action),
        Title = texts[reply.title],
        Description = texts[reply.description],
        Severity = texts[reply.severity],
        Application = texts[reply.application],
        ExpirationTime = Time(reply.expiration_time),
        GenerateAlert = reply.generate_alert,
        RecommendedActions = texts[reply.recommended_actions],
        RbacGroupNames = texts.All(reply.rbac_group_names),
        RbacGroupIds = texts.All(reply.rbac_group_ids),
        EducateUrl = texts[reply.educate_url],
        ExternalId = texts[reply.external_id],
        Category = texts[reply.category],
        MitreTechniques = texts.All(reply.mitre_techniques),
        HistoricalDetection = reply.historical_detection,
        BypassDurationHours = reply.bypass_duration_hours,
        CreatedBy = texts[reply.created_by],
        CreatedByDisplayName = texts[reply.created_by_display_name],
        CreatedBySource = texts[reply.created_by_source],
        Source = texts[reply.source],
        SourceType = texts[reply.source_type],
        LastUpdatedBy = texts[reply.last_updated_by],
        CreationTimeDateTimeUtc = Time(reply.creation_time),
        LastUpdateTime = Time(reply.last_update_time),
        AdditionalProperties = reply.additional_properties.Count == 0
            ? None
            : reply.additional_properties.ToDictionary(property => property.name, property => property.json),
    };

    private static DateTimeOffset? Time(long? ticks) => ticks is { } known ? new DateTimeOffset(known, TimeSpan.Zero) : null;
}
