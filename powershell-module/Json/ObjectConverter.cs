using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MdeFic.Json;

/// <summary>Reads any JSON as the objects that a script expects: PSObject, array, text, number, Boolean, null.</summary>
internal sealed class ObjectConverter : JsonConverter<object>
{
    /// <inheritdoc/>
    public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) =>
        JsonBody.Write(writer, value, 0);

    /// <summary>Reads a whole text.</summary>
    internal static object? Parse(string json)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json));
        reader.Read();
        return Read(ref reader);
    }

    private static object? Read(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader),
        JsonTokenType.StartArray => ReadArray(ref reader),
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number when reader.TryGetInt64(out var whole) => whole,
        JsonTokenType.Number when reader.TryGetDecimal(out var exact) => exact,
        JsonTokenType.Number => reader.GetDouble(),
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => null,
    };

    private static PSObject ReadObject(ref Utf8JsonReader reader)
    {
        var record = new PSObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString() ?? string.Empty;
            reader.Read();
            var content = Read(ref reader);
            // Two names that differ by letter case only are one property in PowerShell: the last one counts.
            record.Properties.Remove(name);
            record.Properties.Add(new PSNoteProperty(name.Length == 0 ? " " : name, content));
        }

        return record;
    }

    private static object?[] ReadArray(ref Utf8JsonReader reader)
    {
        var items = new List<object?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Read(ref reader));
        }

        return [.. items];
    }
}
