using System.Management.Automation;
using MdeFic.Models;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Examines every step between this workload and Defender in each tenant.</summary>
[Cmdlet(VerbsDiagnostic.Test, "MdeFicTrust")]
[OutputType(typeof(TrustFinding))]
public sealed class TestMdeFicTrustCommand : DefenderCommand
{
    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection) =>
        Run(() => Operation.Trust(connection.Wire()), operation =>
        {
            using var taken = operation.TakeFindings();
            foreach (var finding in taken.Unwire())
            {
                WriteObject(TrustFinding.Of(finding));
            }
        });
}
