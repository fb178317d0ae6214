using System.Collections;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using MdeFic.Models;

namespace MdeFic.Json;

/// <summary>A wanted indicator as JSON, whatever object a script has for it.</summary>
internal static class IndicatorJson
{
    /// <summary>
    /// The indicator's JSON. In a table, an empty value takes the property away from an indicator that exists; in any
    /// other object, which has all properties whether they mean something or not, it means nothing.
    /// </summary>
    internal static string Of(PSObject input)
    {
        var source = input.BaseObject is IndicatorResult { Indicator: PSObject wanted } ? wanted : input;
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            if (source.BaseObject is IDictionary table)
            {
                foreach (DictionaryEntry entry in table)
                {
                    writer.WritePropertyName(NameOf(entry.Key.ToString() ?? string.Empty));
                    JsonBody.Write(writer, entry.Value, 0);
                }
            }
            else
            {
                WriteProperties(writer, source);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteProperties(Utf8JsonWriter writer, PSObject source)
    {
        foreach (var property in source.Properties.Where(property => property.IsGettable))
        {
            if (property.Value is IReadOnlyDictionary<string, string> additional)
            {
                foreach (var (name, json) in additional)
                {
                    writer.WritePropertyName(name);
                    writer.WriteRawValue(json);
                }
            }
            else if (!IsEmpty(property.Value))
            {
                writer.WritePropertyName(NameOf(property.Name));
                JsonBody.Write(writer, property.Value, 0);
            }
        }
    }

    // The portal's own files call the groups differently than its API does.
    private static string NameOf(string name) =>
        name.Equals("rbacGroups", StringComparison.OrdinalIgnoreCase) ? "rbacGroupNames" : name;

    private static bool IsEmpty(object? value) => value switch
    {
        null => true,
        string text => string.IsNullOrWhiteSpace(text),
        ICollection items => items.Count == 0,
        _ => false,
    };
}
