using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native;

namespace MdeFic.Commands;

/// <summary>Returns the defaults that Connect-MdeFic has set in this runspace; nothing when there are none.</summary>
[Cmdlet(VerbsCommon.Get, "MdeFicContext")]
[OutputType(typeof(MdeFicContext))]
public sealed class GetMdeFicContextCommand : OperationCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (MdeFicContext.OfRunspace() is { } context)
        {
            WriteObject(context);
        }
    }
}
