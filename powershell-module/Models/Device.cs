namespace MdeFic.Models;

/// <summary>A device that reports to Defender.</summary>
/// <remarks>Source: learn.microsoft.com/defender-endpoint/api/machine</remarks>
public sealed class Device : DefenderRecord
{
    /// <summary>Its id.</summary>
    public string Id { get; set; } = string.Empty;

    /// <summary>Its full name.</summary>
    public string? ComputerDnsName { get; set; }

    /// <summary>The operating system.</summary>
    public string? OsPlatform { get; set; }

    /// <summary>The version of the operating system.</summary>
    public string? OsVersion { get; set; }

    /// <summary>The release of the operating system, such as 22H2.</summary>
    public string? Version { get; set; }

    /// <summary>The build of the operating system.</summary>
    public string? OsBuild { get; set; }

    /// <summary>The processor.</summary>
    public string? OsProcessor { get; set; }

    /// <summary>The architecture, such as 64-bit.</summary>
    public string? OsArchitecture { get; set; }

    /// <summary>Active, Inactive, ImpairedCommunication, NoSensorData, NoSensorDataImpairedCommunication or Unknown.</summary>
    public string? HealthStatus { get; set; }

    /// <summary>Onboarded, CanBeOnboarded, Unsupported or InsufficientInfo.</summary>
    public string? OnboardingStatus { get; set; }

    /// <summary>None, Informational, Low, Medium or High.</summary>
    public string? RiskScore { get; set; }

    /// <summary>None, Low, Medium or High.</summary>
    public string? ExposureLevel { get; set; }

    /// <summary>Normal, Low or High.</summary>
    public string? DeviceValue { get; set; }

    /// <summary>When it reported first.</summary>
    public DateTimeOffset? FirstSeen { get; set; }

    /// <summary>When it reported last.</summary>
    public DateTimeOffset? LastSeen { get; set; }

    /// <summary>Its last address in its own network.</summary>
    public string? LastIpAddress { get; set; }

    /// <summary>The last address under which it reached the internet.</summary>
    public string? LastExternalIpAddress { get; set; }

    /// <summary>The version of its sensor.</summary>
    public string? AgentVersion { get; set; }

    /// <summary>The state of Defender Antivirus.</summary>
    public string? DefenderAvStatus { get; set; }

    /// <summary>The id of its device group.</summary>
    public string? RbacGroupId { get; set; }

    /// <summary>The name of its device group.</summary>
    public string? RbacGroupName { get; set; }

    /// <summary>Its tags.</summary>
    public string[] MachineTags { get; set; } = [];

    /// <summary>Whether it is joined to Entra ID.</summary>
    public bool? IsAadJoined { get; set; }

    /// <summary>Its id in Entra ID.</summary>
    public string? AadDeviceId { get; set; }

    /// <summary>What manages its settings.</summary>
    public string? ManagedBy { get; set; }

    /// <summary>Whether that works.</summary>
    public string? ManagedByStatus { get; set; }

    /// <summary>Whether it may be the same device as another record.</summary>
    public bool? IsPotentialDuplication { get; set; }

    /// <summary>The record that this one went into.</summary>
    public string? MergedIntoMachineId { get; set; }

    /// <summary>Whether it is left out of vulnerability management.</summary>
    public bool? IsExcluded { get; set; }

    /// <summary>Why it is left out.</summary>
    public string? ExclusionReason { get; set; }

    /// <summary>Its network adapters: ipAddress, macAddress, type, operationalStatus.</summary>
    public object?[] IpAddresses { get; set; } = [];

    /// <summary>What its cloud says of it, if it is a virtual machine.</summary>
    public object? VmMetadata { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{ComputerDnsName ?? Id} ({OsPlatform}, {HealthStatus})";
}
