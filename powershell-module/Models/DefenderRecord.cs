using System.Text.Json;
using System.Text.Json.Serialization;

namespace MdeFic.Models;

/// <summary>
/// What every record of a list has. Enumerations are texts, because Defender adds values, and nothing that it sends is
/// lost: what has no property of its own here is in <see cref="AdditionalProperties"/>.
/// </summary>
public abstract class DefenderRecord
{
    /// <summary>The tenant that the record is of.</summary>
    [JsonIgnore]
    public string TenantId { get; internal set; } = string.Empty;

    /// <summary>Properties that this version does not know, as JSON texts by name.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> AdditionalProperties =>
        Extra?.ToDictionary(property => property.Key, property => property.Value.GetRawText()) ?? None;

    /// <summary>What has come beside the known properties.</summary>
    [JsonInclude]
    [JsonExtensionData]
    internal Dictionary<string, JsonElement>? Extra { get; set; }

    private static Dictionary<string, string> None { get; } = [];
}
