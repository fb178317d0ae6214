using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace MdeFic.Benchmarks;

/// <summary>
/// PowerShell's own engine in this process, started as far as any script needs it: the runspace is open, a pipeline has
/// run and an empty module was imported. What comes later is the module's own doing.
/// </summary>
internal sealed class Engine : IDisposable
{
    private readonly Runspace _runspace;

    private Engine(Runspace runspace) => _runspace = runspace;

    /// <summary>How long the start took.</summary>
    internal double StartMilliseconds { get; private set; }

    /// <summary>The most memory that the process has had when the start was done.</summary>
    internal double PeakAfterStart { get; private set; }

    /// <summary>Starts it.</summary>
    /// <param name="commands">Cmdlets that it is to know besides its own.</param>
    internal static Engine Start(params SessionStateCmdletEntry[] commands)
    {
        var elapsed = new Elapsed();
        var state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        state.Commands.Add(commands);
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        var runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        var engine = new Engine(runspace);
        engine.Run("1 + 1");
        engine.Import(BareModules.Empty());
        engine.StartMilliseconds = elapsed.Milliseconds;
        engine.PeakAfterStart = PeakMemory.Read();
        return engine;
    }

    /// <summary>Imports a module.</summary>
    internal void Import(string manifest) =>
        Run("param($Path) Import-Module -Name $Path", new { Path = manifest });

    /// <summary>Runs a script.</summary>
    /// <param name="script">Its text.</param>
    /// <param name="parameters">An object whose properties are the script's parameters.</param>
    /// <exception cref="BenchmarkException">It wrote an error.</exception>
    internal IReadOnlyList<PSObject> Run(string script, object? parameters = null)
    {
        using var shell = PowerShell.Create(_runspace);
        shell.AddScript(script);
        foreach (var property in parameters?.GetType().GetProperties() ?? [])
        {
            shell.AddParameter(property.Name, property.GetValue(parameters));
        }

        var output = shell.Invoke();
        return shell.Streams.Error.FirstOrDefault() is { } error
            ? throw new BenchmarkException($"{error.FullyQualifiedErrorId}: {error}")
            : output;
    }

    /// <summary>Runs a script that puts out one thing.</summary>
    /// <exception cref="BenchmarkException">It put out something else.</exception>
    internal T Run<T>(string script, object? parameters = null) =>
        Run(script, parameters) is [{ BaseObject: T only }]
            ? only
            : throw new BenchmarkException($"the script did not put out one {typeof(T).Name}: {script}");

    /// <inheritdoc/>
    public void Dispose() => _runspace.Dispose();
}
