using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace MdeFic.Tests.Harness;

/// <summary>
/// PowerShell's own engine with the built module in it. All streams are on and kept; when the engine is left, nothing that
/// was said may hold a secret, unless the script asked for the plain token.
/// </summary>
internal sealed class Engine : IDisposable
{
    private const int MostObjectsToFormat = 20;

    private readonly CaptureHost _host = new();
    private readonly List<Action> _checks = [];

    internal Engine()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        state.Commands.Add(new SessionStateCmdletEntry("Select-FirstFew", typeof(SelectFirstFewCommand), null));
        foreach (var stream in new[] { "VerbosePreference", "DebugPreference", "InformationPreference" })
        {
            state.Variables.Add(new SessionStateVariableEntry(stream, ActionPreference.Continue, null));
        }

        Runspace = RunspaceFactory.CreateRunspace(_host, state);
        Runspace.Open();
        // Import-Module's own verbose lines are not what a test asks for.
        Invoke("Import-Module $module -Verbose:$false", ("module", Path.Combine(Product.Module, "MdeFic.psd1"))).Succeeded();
    }

    /// <summary>Where scripts run.</summary>
    internal Runspace Runspace { get; }

    /// <summary>Gives scripts a variable.</summary>
    internal void Set(string name, object? value) => Runspace.SessionStateProxy.SetVariable(name, value);

    /// <summary>Runs a script to its end.</summary>
    /// <param name="script">The script.</param>
    /// <param name="variables">Variables that it finds.</param>
    internal EngineResult Invoke(string script, params (string Name, object? Value)[] variables) =>
        Invoke(script, mayShowSecrets: false, variables);

    /// <summary>Runs a script that asks for a plain token: its output may hold it, all else may not.</summary>
    internal EngineResult InvokeForSecret(string script, params (string Name, object? Value)[] variables) =>
        Invoke(script, mayShowSecrets: true, variables);

    /// <summary>Runs a script and returns what a person at a screen of 120 columns would see.</summary>
    internal string Show(string script)
    {
        _host.Take();
        using var shell = System.Management.Automation.PowerShell.Create(Runspace);
        shell.AddScript(script);
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddCommand("Out-Default").Invoke();
        var shown = _host.Take();
        _checks.Add(() => Canary.AssertAbsent("what is shown", shown));
        return shown;
    }

    /// <summary>Starts a script that the caller will stop.</summary>
    internal RunningScript Begin(string script) => new(Runspace, script);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            foreach (var check in _checks)
            {
                check();
            }
        }
        finally
        {
            Runspace.Dispose();
        }
    }

    private EngineResult Invoke(string script, bool mayShowSecrets, (string Name, object? Value)[] variables)
    {
        foreach (var (name, value) in variables)
        {
            Set(name, value);
        }

        _host.Take();
        var output = new List<PSObject>();
        ErrorRecord? terminating = null;
        using var shell = System.Management.Automation.PowerShell.Create(Runspace);
        var watch = Stopwatch.StartNew();
        try
        {
            // Without a try around it, an error that ends its statement could not be told from one that doesn't.
            shell.AddScript($"try {{\n{script}\n}} catch {{ throw }}").Invoke(null, output);
        }
        catch (RuntimeException error)
        {
            terminating = error.ErrorRecord;
        }

        var streams = shell.Streams;
        var result = new EngineResult(
            [.. output.Where(item => item is not null)],
            [.. streams.Error],
            [.. streams.Warning.Select(line => line.Message)],
            [.. streams.Verbose.Select(line => line.Message)],
            [.. streams.Debug.Select(line => line.Message)],
            [.. streams.Information.Select(line => line.ToString())],
            [.. streams.Progress],
            terminating,
            watch.Elapsed);
        var shown = _host.Take();
        _checks.Add(() => Check(result, mayShowSecrets));
        _checks.Add(() => Canary.AssertAbsent("what the host shows", shown));
        return result;
    }

    private void Check(EngineResult result, bool mayShowSecrets)
    {
        var lines = result.Warnings.Concat(result.Verbose).Concat(result.Debug).Concat(result.Information)
            .Concat(result.Progress.Select(record => $"{record.Activity} {record.StatusDescription} {record.CurrentOperation}"));
        foreach (var line in lines)
        {
            Canary.AssertAbsent("a stream", line);
        }

        var errors = result.Terminating is { } terminating ? result.Errors.Append(terminating) : result.Errors;
        foreach (var error in errors)
        {
            Canary.AssertAbsent("an error", error);
            Canary.AssertAbsent("an error's view", Format([PSObject.AsPSObject(error)]));
        }

        if (mayShowSecrets)
        {
            return;
        }

        foreach (var item in result.Output)
        {
            Canary.AssertAbsent("the output", item);
        }

        Canary.AssertAbsent("the output's view", Format(result.Output.Take(MostObjectsToFormat)));
    }

    private string Format(IEnumerable<PSObject> objects)
    {
        _host.Take();
        using var shell = System.Management.Automation.PowerShell.Create(Runspace);
        shell.AddCommand("Out-Default").Invoke(objects);
        return _host.Take();
    }
}
