using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Text;

namespace MdeFic.Tests.Harness;

/// <summary>A host that keeps what it is told to show, so that a test sees what a person would see.</summary>
internal sealed class CaptureHost : PSHost
{
    private readonly CaptureUserInterface _ui = new();

    /// <summary>All that has been shown since it was last taken.</summary>
    internal string Take() => _ui.Take();

    /// <inheritdoc/>
    public override string Name => "MdeFic.Tests";

    /// <inheritdoc/>
    public override Version Version { get; } = new(1, 0);

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => _ui;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture { get; } = new("en-US");

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture { get; } = new("en-US");

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode)
    {
    }

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
    }

    private sealed class CaptureUserInterface : PSHostUserInterface
    {
        private readonly StringBuilder _shown = new();

        public override PSHostRawUserInterface RawUI { get; } = new CaptureRawUserInterface();

        public override bool SupportsVirtualTerminal => false;

        internal string Take()
        {
            lock (_shown)
            {
                var text = _shown.ToString();
                _shown.Clear();
                return text;
            }
        }

        public override void Write(string value)
        {
            lock (_shown)
            {
                _shown.Append(GetOutputString(value, supportsVirtualTerminal: false));
            }
        }

        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

        public override void WriteLine(string value) => Write(value + "\n");

        public override void WriteErrorLine(string value) => WriteLine(value);

        public override void WriteDebugLine(string message) => WriteLine(message);

        public override void WriteVerboseLine(string message) => WriteLine(message);

        public override void WriteWarningLine(string message) => WriteLine(message);

        public override void WriteProgress(long sourceId, ProgressRecord record) =>
            WriteLine($"{record.Activity} {record.StatusDescription} {record.CurrentOperation}");

        public override string ReadLine() => throw new NotSupportedException();

        public override System.Security.SecureString ReadLineAsSecureString() => throw new NotSupportedException();

        public override Dictionary<string, PSObject> Prompt(
            string caption,
            string message,
            System.Collections.ObjectModel.Collection<FieldDescription> descriptions) => throw new NotSupportedException();

        public override int PromptForChoice(
            string caption,
            string message,
            System.Collections.ObjectModel.Collection<ChoiceDescription> choices,
            int defaultChoice) => throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName) => throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption,
            string message,
            string userName,
            string targetName,
            PSCredentialTypes allowedCredentialTypes,
            PSCredentialUIOptions options) => throw new NotSupportedException();
    }
}
