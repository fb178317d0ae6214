namespace MdeFic.Models;

/// <summary>A software of the organisation.</summary>
/// <remarks>Source: learn.microsoft.com/defender-endpoint/api/software</remarks>
public sealed class Software : DefenderRecord
{
    /// <summary>Its id.</summary>
    public string Id { get; set; } = string.Empty;

    /// <summary>Its name.</summary>
    public string? Name { get; set; }

    /// <summary>Its maker.</summary>
    public string? Vendor { get; set; }

    /// <summary>Its kind.</summary>
    public string? Category { get; set; }

    /// <summary>How many vulnerabilities it has.</summary>
    public long? Weaknesses { get; set; }

    /// <summary>Whether an exploit for one of them is public.</summary>
    public bool? PublicExploit { get; set; }

    /// <summary>Whether there is an alert about it.</summary>
    public bool? ActiveAlert { get; set; }

    /// <summary>How many devices are exposed by it.</summary>
    public long? ExposedMachines { get; set; }

    /// <summary>How many devices have it.</summary>
    public long? InstalledMachines { get; set; }

    /// <summary>How much it adds to the exposure score.</summary>
    public double? ImpactScore { get; set; }

    /// <summary>Whether it is in the common list of software.</summary>
    public bool? IsNormalized { get; set; }

    /// <summary>Its distributions.</summary>
    public string[] Distributions { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Vendor} {Name}";
}
