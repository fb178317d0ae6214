using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace MdeFic.ScriptHost;

/// <summary>Output goes to standard output, all that is said beside it to standard error. Questions are refused.</summary>
internal sealed class ConsoleUserInterface : PSHostUserInterface
{
    private readonly ProgressLine _progress = new();
    private TextWriter _output = Console.Out;

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new ConsoleRawUserInterface();

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => !Console.IsOutputRedirected && !Console.IsErrorRedirected;

    /// <inheritdoc/>
    public override void Write(string value)
    {
        _progress.Clear();
        _output.Write(GetOutputString(value, SupportsVirtualTerminal));
    }

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    /// <inheritdoc/>
    public override void WriteLine(string value)
    {
        _progress.Clear();
        _output.WriteLine(GetOutputString(value, SupportsVirtualTerminal));
    }

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => Say(value);

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => Say($"WARNING: {message}");

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => Say($"VERBOSE: {message}");

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => Say($"DEBUG: {message}");

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record) => _progress.Show(record);

    /// <inheritdoc/>
    public override string ReadLine() => Console.In.ReadLine() ?? throw Nobody("a line");

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => throw Nobody("a secret");

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, Collection<FieldDescription> descriptions) =>
        throw Nobody(string.Join(", ", descriptions.Select(description => description.Name)));

    /// <inheritdoc/>
    public override int PromptForChoice(
        string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) => throw Nobody(message);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName) => throw Nobody("a credential");

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options) => throw Nobody("a credential");

    /// <summary>Makes all that is put out go to standard error until the result is disposed.</summary>
    internal IDisposable RedirectToError()
    {
        _output = Console.Error;
        return new Redirection(this);
    }

    private static HostException Nobody(string wanted) => new($"there is nobody to ask for: {wanted}");

    private void Say(string text)
    {
        _progress.Clear();
        // What was put out before must not appear after it.
        Console.Out.Flush();
        Console.Error.WriteLine(GetOutputString(text, SupportsVirtualTerminal));
    }

    private sealed class Redirection(ConsoleUserInterface console) : IDisposable
    {
        public void Dispose() => console._output = Console.Out;
    }
}
