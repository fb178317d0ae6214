using System.Management.Automation;
using MdeFic.Native;

namespace MdeFic.Commands;

/// <summary>What every cmdlet that calls the Defender API takes: where the API is, and what its tokens are for.</summary>
public abstract class DefenderCommand : TenantCommand
{
    /// <summary>What the token is for; Defender for Endpoint when left out.</summary>
    [Parameter]
    public string? Scope { get; set; }

    /// <summary>The base URL of the Defender API; the cloud's own host when left out.</summary>
    [Parameter]
    public string? ApiBaseUrl { get; set; }

    /// <summary>The region whose host of the Defender API is asked, such as eu; the token stays the same.</summary>
    [Parameter]
    [ValidateSet("us", "eu", "uk", "au", "swa", "ina", "aea")]
    public string? Region { get; set; }

    /// <inheritdoc/>
    private protected override ConnectionSettings Given() =>
        base.Given() with { Scope = Scope, ApiBaseUrl = ApiBaseUrl, Region = Region };
}
