using System.Management.Automation;

namespace MdeFic.Benchmarks.Measurements;

/// <summary>A cmdlet that does nothing with as many parameters as a simple cmdlet has.</summary>
[Cmdlet(VerbsCommon.Get, "Nothing")]
[OutputType(typeof(string))]
public sealed class GetNothingCommand : PSCmdlet
{
    /// <summary>Anything.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = string.Empty;

    /// <inheritdoc/>
    protected override void ProcessRecord() => WriteObject(Name);
}
