using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MdeFic.Json;

/// <summary>
/// Reads the forms of time that Defender sends: with <c>Z</c> and one to seven digits of a second, and, in the exports,
/// <c>yyyy-MM-dd HH:mm:ss</c> without a zone, which is UTC.
/// </summary>
internal sealed class TimeConverter : JsonConverter<DateTimeOffset?>
{
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <inheritdoc/>
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = TextConverter.Read(ref reader);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time)
            ? time
            : throw new JsonException($"'{text}' is no time");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value?.UtcDateTime.ToString("o", CultureInfo.InvariantCulture));
}
