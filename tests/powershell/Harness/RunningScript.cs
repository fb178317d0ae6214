using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace MdeFic.Tests.Harness;

/// <summary>A script that runs until it is stopped, as a person stops it with Ctrl+C.</summary>
internal sealed class RunningScript : IDisposable
{
    private readonly System.Management.Automation.PowerShell _shell;
    private readonly PSDataCollection<PSObject> _output = [];
    private readonly IAsyncResult _running;

    internal RunningScript(Runspace runspace, string script)
    {
        _shell = System.Management.Automation.PowerShell.Create(runspace);
        _running = _shell.AddScript(script).BeginInvoke<PSObject, PSObject>(null, _output);
    }

    /// <summary>What has come out so far.</summary>
    internal int Count => _output.Count;

    /// <summary>Whether the script is over.</summary>
    internal bool IsOver => _running.IsCompleted;

    /// <summary>Whether a verbose line with this text has come out.</summary>
    internal bool HasSaid(string text) =>
        _shell.Streams.Verbose.ToArray().Any(record => record.Message.Contains(text, StringComparison.Ordinal));

    /// <summary>Stops it and waits for its end.</summary>
    /// <returns>How long that took.</returns>
    internal TimeSpan Stop()
    {
        var watch = Stopwatch.StartNew();
        _shell.Stop();
        Assert.True(_running.AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(20)), "the script does not end");
        return watch.Elapsed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var line in _shell.Streams.Verbose.Select(record => record.Message)
            .Concat(_shell.Streams.Debug.Select(record => record.Message))
            .Concat(_shell.Streams.Warning.Select(record => record.Message)))
        {
            Canary.AssertAbsent("a stream", line);
        }

        foreach (var error in _shell.Streams.Error)
        {
            Canary.AssertAbsent("an error", error);
        }

        _shell.Dispose();
        _output.Dispose();
    }
}
