using System.Management.Automation;
using System.Reflection;

namespace MdeFic.Tests.Harness;

/// <summary>
/// <c>Select-Object -First</c>, which the engine's package does not bring: it stops the commands before it as soon as it
/// has enough.
/// </summary>
[Cmdlet(VerbsCommon.Select, "FirstFew")]
public sealed class SelectFirstFewCommand : PSCmdlet
{
    // The same exception as Select-Object's; the engine keeps it to itself.
    private static readonly Type Stop = typeof(PSObject).Assembly
        .GetType("System.Management.Automation.StopUpstreamCommandsException", throwOnError: true)!;

    private int _seen;

    /// <summary>How many objects are enough.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public int Count { get; set; }

    /// <summary>An object.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        WriteObject(InputObject);
        if (++_seen >= Count)
        {
            throw (Exception)Activator.CreateInstance(
                Stop, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, [this], null)!;
        }
    }
}
