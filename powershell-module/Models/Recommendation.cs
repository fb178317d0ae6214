namespace MdeFic.Models;

/// <summary>Something that Defender recommends to do.</summary>
/// <remarks>Source: learn.microsoft.com/defender-endpoint/api/recommendation</remarks>
public sealed class Recommendation : DefenderRecord
{
    /// <summary>Its id.</summary>
    public string Id { get; set; } = string.Empty;

    /// <summary>What to do.</summary>
    public string? RecommendationName { get; set; }

    /// <summary>The product it is about.</summary>
    public string? ProductName { get; set; }

    /// <summary>The maker of that product.</summary>
    public string? Vendor { get; set; }

    /// <summary>The version to update to.</summary>
    public string? RecommendedVersion { get; set; }

    /// <summary>The maker of what is recommended.</summary>
    public string? RecommendedVendor { get; set; }

    /// <summary>What is recommended.</summary>
    public string? RecommendedProgram { get; set; }

    /// <summary>Its kind.</summary>
    public string? RecommendationCategory { get; set; }

    /// <summary>A kind of that kind.</summary>
    public string? SubCategory { get; set; }

    /// <summary>How grave it is, 0 to 100.</summary>
    public double? SeverityScore { get; set; }

    /// <summary>How many vulnerabilities it would fix.</summary>
    public long? Weaknesses { get; set; }

    /// <summary>Whether an exploit for one of them is public.</summary>
    public bool? PublicExploit { get; set; }

    /// <summary>Whether there is an alert about it.</summary>
    public bool? ActiveAlert { get; set; }

    /// <summary>Threats it has to do with.</summary>
    public string[] AssociatedThreats { get; set; } = [];

    /// <summary>Update, Upgrade, Uninstall, ConfigurationChange or another.</summary>
    public string? RemediationType { get; set; }

    /// <summary>Active or Exception.</summary>
    public string? Status { get; set; }

    /// <summary>What it adds to the configuration score.</summary>
    public double? ConfigScoreImpact { get; set; }

    /// <summary>What it takes from the exposure score.</summary>
    public double? ExposureImpact { get; set; }

    /// <summary>How many devices it is about.</summary>
    public long? TotalMachineCount { get; set; }

    /// <summary>How many of them are exposed.</summary>
    public long? ExposedMachinesCount { get; set; }

    /// <summary>How many devices can be changed without disturbing anyone.</summary>
    public long? NonProductivityImpactedAssets { get; set; }

    /// <summary>The part it is about.</summary>
    public string? RelatedComponent { get; set; }

    /// <summary>How many critical devices are exposed.</summary>
    public long? ExposedCriticalDevices { get; set; }

    /// <summary>Whether one of the vulnerabilities has no update.</summary>
    public bool? HasUnpatchableCve { get; set; }

    /// <summary>Its tags.</summary>
    public string[] Tags { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{RecommendationName} ({Status})";
}
