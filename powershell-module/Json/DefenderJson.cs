using System.Text.Json.Serialization;
using MdeFic.Models;

namespace MdeFic.Json;

/// <summary>How the records of lists are read: generated at build time, so that reading the first one costs nothing.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(TextConverter), typeof(TextsConverter), typeof(TimeConverter), typeof(ObjectConverter)],
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Device))]
[JsonSerializable(typeof(Vulnerability))]
[JsonSerializable(typeof(DeviceVulnerability))]
[JsonSerializable(typeof(SoftwareVulnerability))]
[JsonSerializable(typeof(Software))]
[JsonSerializable(typeof(Recommendation))]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(IndicatorResult))]
[JsonSerializable(typeof(IndicatorComparison))]
internal sealed partial class DefenderJson : JsonSerializerContext
{
}
