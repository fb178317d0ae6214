using MdeFic.Native.Generated;

namespace MdeFic.Native;

/// <summary>Names and values for a request.</summary>
internal static class NamedTexts
{
    /// <summary>Those that have a value.</summary>
    internal static List<NamedText> Given(params (string Name, string? Content)[] texts) =>
    [
        .. texts.Where(text => !string.IsNullOrWhiteSpace(text.Content))
            .Select(text => new NamedText { name = text.Name, content = text.Content! }),
    ];
}
