using System.Collections;
using System.Management.Automation;

namespace MdeFic.Tests.Harness;

/// <summary>
/// Every secret of the emulator carries a mark. Whatever shows the mark has shown a secret.
/// </summary>
internal static class Canary
{
    private const string Plain = "MDEFICCANARY";
    private const string Encoded = "eyJjYW5hcnkiOiJNREVGSUNDQU5BUlki";

    // {"typ":"JWT" is how the emulator's tokens begin: a table cuts off what comes later.
    private const string Beginning = "eyJ0eXAiOiJKV1Qi";

    /// <summary>Whether the text holds a secret, or the beginning of one.</summary>
    internal static bool IsIn(string? text)
    {
        if (text is null)
        {
            return false;
        }

        // Format views break long values into lines.
        var whole = string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
        return whole.Contains(Plain, StringComparison.OrdinalIgnoreCase)
            || whole.Contains(Encoded, StringComparison.Ordinal)
            || whole.Contains(Beginning, StringComparison.Ordinal);
    }

    /// <summary>Fails the test when the text holds a secret.</summary>
    /// <param name="place">Where it was said.</param>
    /// <param name="text">What was said.</param>
    internal static void AssertAbsent(string place, string? text) => Assert.False(IsIn(text), $"a secret is in {place}: {text}");

    /// <summary>Fails the test when the object, or a property of it, shows a secret.</summary>
    internal static void AssertAbsent(string place, PSObject? shown)
    {
        if (shown is null)
        {
            return;
        }

        AssertAbsent(place, shown.ToString());
        foreach (var property in shown.Properties.Where(property => property.IsGettable))
        {
            AssertAbsent($"{place}, property {property.Name}", TextOf(property));
        }
    }

    /// <summary>Fails the test when any part of the error shows a secret.</summary>
    internal static void AssertAbsent(string place, ErrorRecord error)
    {
        AssertAbsent(place, error.ToString());
        AssertAbsent(place, error.FullyQualifiedErrorId);
        AssertAbsent(place, error.CategoryInfo.ToString());
        AssertAbsent(place, error.ErrorDetails?.Message);
        AssertAbsent(place, error.ErrorDetails?.RecommendedAction);
        AssertAbsent(place, TextOf(error.TargetObject));
        for (var exception = error.Exception; exception is not null; exception = exception.InnerException)
        {
            AssertAbsent(place, exception.ToString());
            AssertAbsent(place, PSObject.AsPSObject(exception));
        }
    }

    private static string? TextOf(PSPropertyInfo property)
    {
        try
        {
            return TextOf(property.Value);
        }
        catch (GetValueException)
        {
            // What can't be read shows nothing: properties of .NET's own objects are like that.
            return null;
        }
    }

    private static string? TextOf(object? value) => value switch
    {
        string text => text,
        IEnumerable many => string.Join('\n', many.Cast<object?>()),
        _ => value?.ToString(),
    };
}
