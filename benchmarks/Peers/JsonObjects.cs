using System.Management.Automation;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace MdeFic.Benchmarks.Peers;

/// <summary>
/// Makes objects of a JSON text with the same work that ConvertFrom-Json and Invoke-RestMethod do for it: the whole
/// text is read into Newtonsoft's tree, and every field becomes a note property, after a look for names that differ in
/// case only.
/// </summary>
internal static class JsonObjects
{
    private static readonly JsonSerializerSettings Settings = new()
    {
        TypeNameHandling = TypeNameHandling.None,
        MetadataPropertyHandling = MetadataPropertyHandling.Ignore,
        MaxDepth = 1024,
    };

    /// <summary>The objects of a text.</summary>
    internal static object? Of(string json) => Of((JToken?)JsonConvert.DeserializeObject(json, Settings));

    private static object? Of(JToken? token) => token switch
    {
        JObject fields => Of(fields),
        JArray elements => elements.Select(Of).ToArray(),
        JValue value => value.Value,
        _ => null,
    };

    private static PSObject Of(JObject fields)
    {
        var names = new HashSet<string>(fields.Count, StringComparer.OrdinalIgnoreCase);
        var result = new PSObject(fields.Count);
        foreach (var (name, content) in fields)
        {
            if (!names.Add(name))
            {
                throw new BenchmarkException($"the field {name} occurs twice");
            }

            result.Properties.Add(new PSNoteProperty(name, Of(content)));
        }

        return result;
    }
}
