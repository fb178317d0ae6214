using System.Collections;
using System.Management.Automation;

namespace MdeFic.Commands;

/// <summary>What the cmdlets that write one indicator take: its properties.</summary>
public abstract class IndicatorPropertyCommand : IndicatorWriteCommand
{
    /// <summary>How grave it is.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(IndicatorSeverityCompleter))]
    public string? Severity { get; set; }

    /// <summary>What it is about.</summary>
    [Parameter]
    public string? Description { get; set; }

    /// <summary>When it deletes itself.</summary>
    [Parameter]
    public DateTimeOffset? ExpirationTime { get; set; }

    /// <summary>Raises an alert when it matches.</summary>
    [Parameter]
    public SwitchParameter GenerateAlert { get; set; }

    /// <summary>What the alert recommends.</summary>
    [Parameter]
    public string? RecommendedActions { get; set; }

    /// <summary>The device groups that it applies to.</summary>
    [Parameter]
    public string[]? RbacGroupNames { get; set; }

    /// <summary>Where a notification sends the user.</summary>
    [Parameter]
    public string? EducateUrl { get; set; }

    /// <summary>The creator's own key.</summary>
    [Parameter]
    public string? ExternalId { get; set; }

    /// <summary>The properties that were given, by Defender's own names. An empty one takes the property away.</summary>
    private protected virtual Hashtable Properties()
    {
        var given = new Hashtable();
        Add(nameof(Severity), "severity", Severity);
        Add(nameof(Description), "description", Description);
        Add(nameof(ExpirationTime), "expirationTime", ExpirationTime);
        Add(nameof(GenerateAlert), "generateAlert", GenerateAlert.IsPresent);
        Add(nameof(RecommendedActions), "recommendedActions", RecommendedActions);
        Add(nameof(RbacGroupNames), "rbacGroupNames", RbacGroupNames ?? []);
        Add(nameof(EducateUrl), "educateUrl", EducateUrl);
        Add(nameof(ExternalId), "externalId", ExternalId);
        return given;

        void Add(string parameter, string name, object? value)
        {
            if (MyInvocation.BoundParameters.ContainsKey(parameter))
            {
                given[name] = value;
            }
        }
    }
}
