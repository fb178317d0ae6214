using System.Globalization;
using System.Management.Automation.Host;

namespace MdeFic.ScriptHost;

/// <summary>The host that the engine talks to: a console without anybody to ask.</summary>
internal sealed class ScriptPSHost : PSHost
{
    /// <summary>What the script gave to <c>exit</c>; null when it did not call it.</summary>
    internal int? ExitCode { get; private set; }

    /// <inheritdoc/>
    public override string Name => "MdeFic.ScriptHost";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(ScriptPSHost).Assembly.GetName().Version ?? new Version(0, 0);

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => Console;

    /// <summary>The same as <see cref="UI"/>.</summary>
    internal ConsoleUserInterface Console { get; } = new();

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new NotSupportedException("there is nobody to prompt");

    /// <inheritdoc/>
    public override void ExitNestedPrompt()
    {
    }

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
    }
}
