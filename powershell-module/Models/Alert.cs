namespace MdeFic.Models;

/// <summary>An alert.</summary>
/// <remarks>Source: learn.microsoft.com/defender-endpoint/api/alerts</remarks>
public sealed class Alert : DefenderRecord
{
    /// <summary>Its id.</summary>
    public string Id { get; set; } = string.Empty;

    /// <summary>What it is about.</summary>
    public string? Title { get; set; }

    /// <summary>More about it.</summary>
    public string? Description { get; set; }

    /// <summary>UnSpecified, Informational, Low, Medium or High.</summary>
    public string? Severity { get; set; }

    /// <summary>Unknown, New, InProgress or Resolved.</summary>
    public string? Status { get; set; }

    /// <summary>Its kind.</summary>
    public string? Category { get; set; }

    /// <summary>Unknown, FalsePositive, TruePositive or InformationalExpectedActivity.</summary>
    public string? Classification { get; set; }

    /// <summary>What it turned out to be.</summary>
    public string? Determination { get; set; }

    /// <summary>The incident it belongs to.</summary>
    public long? IncidentId { get; set; }

    /// <summary>The investigation it led to.</summary>
    public long? InvestigationId { get; set; }

    /// <summary>How far that is.</summary>
    public string? InvestigationState { get; set; }

    /// <summary>Who looks after it.</summary>
    public string? AssignedTo { get; set; }

    /// <summary>What found it.</summary>
    public string? DetectionSource { get; set; }

    /// <summary>The detector that found it.</summary>
    public string? DetectorId { get; set; }

    /// <summary>The family of the threat.</summary>
    public string? ThreatFamilyName { get; set; }

    /// <summary>The threat.</summary>
    public string? ThreatName { get; set; }

    /// <summary>MITRE ATT&amp;CK techniques.</summary>
    public string[] MitreTechniques { get; set; } = [];

    /// <summary>When it was raised.</summary>
    public DateTimeOffset? AlertCreationTime { get; set; }

    /// <summary>The first of its events.</summary>
    public DateTimeOffset? FirstEventTime { get; set; }

    /// <summary>The last of its events.</summary>
    public DateTimeOffset? LastEventTime { get; set; }

    /// <summary>When it was changed last.</summary>
    public DateTimeOffset? LastUpdateTime { get; set; }

    /// <summary>When it was resolved.</summary>
    public DateTimeOffset? ResolvedTime { get; set; }

    /// <summary>The device.</summary>
    public string? MachineId { get; set; }

    /// <summary>Its name.</summary>
    public string? ComputerDnsName { get; set; }

    /// <summary>Its device group.</summary>
    public string? RbacGroupName { get; set; }

    /// <summary>The tenant, as Defender names it.</summary>
    public string? AadTenantId { get; set; }

    /// <summary>The user it has to do with: userName, domainName.</summary>
    public object? RelatedUser { get; set; }

    /// <summary>What people wrote about it.</summary>
    public object?[] Comments { get; set; } = [];

    /// <summary>Its evidence, if that was asked for.</summary>
    public object?[] Evidence { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Severity} {Title} ({Status})";
}
