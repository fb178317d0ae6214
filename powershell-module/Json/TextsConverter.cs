using System.Text.Json;
using System.Text.Json.Serialization;

namespace MdeFic.Json;

/// <summary>Reads a list of texts; null is an empty one, and a single value a list of one.</summary>
internal sealed class TextsConverter : JsonConverter<string[]>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override string[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var texts = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return TextConverter.Read(ref reader) is { } only ? [only] : [];
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (TextConverter.Read(ref reader) is { } text)
            {
                texts.Add(text);
            }
        }

        return [.. texts];
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string[] value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var text in value)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
