using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MdeFic.Errors;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Completes the names of identity sources, which the native library knows. No I/O.</summary>
public sealed class IdentitySourceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var typed = wordToComplete.Trim('\'', '"');
        return Names()
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name))
            .ToList();
    }

    private static List<string> Names()
    {
        try
        {
            NativeLibraryLoader.Ensure();
        }
        catch (MdeFicException)
        {
            // The cmdlet itself will say what is wrong; a completer can only stay silent.
            return [];
        }

        using var names = Interop.identity_source_names();
        return [.. names.Unwire().Prepend("Auto")];
    }
}
