using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Removes the defaults of this runspace and forgets all tokens of the process.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "MdeFic")]
[OutputType(typeof(void))]
public sealed class DisconnectMdeFicCommand : OperationCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        MdeFicContext.SetOfRunspace(null);
        Interop.forget_tokens();
    }
}
