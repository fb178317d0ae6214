using System.Management.Automation;
using MdeFic.Json;
using MdeFic.Models;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Gets what Defender recommends to one or many tenants.</summary>
[Cmdlet(VerbsCommon.Get, "MdeRecommendation")]
[OutputType(typeof(Recommendation))]
public sealed class GetMdeRecommendationCommand : RecordCommand
{
    /// <inheritdoc/>
    private protected override void Process(ConnectionRequest connection) =>
        List(Ask(connection, "recommendations"), DefenderJson.Default.Recommendation);
}
