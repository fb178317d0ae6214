using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MdeFic.Errors;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Commands;

/// <summary>Completes names that the native library knows. No I/O.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
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

        var typed = wordToComplete.Trim('\'', '"');
        return Names()
            .Where(name => name.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name))
            .ToList();
    }

    private protected abstract IEnumerable<string> Names();
}

/// <summary>Completes the names of identity sources.</summary>
public sealed class IdentitySourceCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names()
    {
        using var names = Interop.identity_source_names();
        return names.Unwire().Prepend("Auto");
    }
}

/// <summary>Completes the names of clouds.</summary>
public sealed class CloudCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names()
    {
        using var names = Interop.cloud_names();
        return names.Unwire();
    }
}
