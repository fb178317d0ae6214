using System.Management.Automation;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Gets the devices of one or many tenants.</summary>
[Cmdlet(VerbsCommon.Get, "MdeDevice")]
[OutputType(typeof(Device))]
public sealed class GetMdeDeviceCommand : RecordCommand
{
    /// <summary>The full name of the device.</summary>
    [Parameter]
    [Alias("ComputerDnsName", "ComputerName")]
    public string? Name { get; set; }

    /// <summary>The state of the device's sensor.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(HealthStatusCompleter))]
    public string? HealthStatus { get; set; }

    /// <summary>The risk that active alerts make.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RiskCompleter))]
    public string? RiskScore { get; set; }

    /// <summary>The exposure that vulnerabilities make.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RiskCompleter))]
    public string? ExposureLevel { get; set; }

    /// <summary>Whether the device is onboarded.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(OnboardingStatusCompleter))]
    public string? OnboardingStatus { get; set; }

    /// <summary>The operating system.</summary>
    [Parameter]
    public string? OsPlatform { get; set; }

    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection)
    {
        var request = Ask(connection, "machines");
        request.conditions = NamedTexts.Given(
            ("computerDnsName", Name),
            ("healthStatus", HealthStatus),
            ("riskScore", RiskScore),
            ("exposureLevel", ExposureLevel),
            ("onboardingStatus", OnboardingStatus),
            ("osPlatform", OsPlatform));
        List(request, DefenderJson.Default.Device);
    }
}
