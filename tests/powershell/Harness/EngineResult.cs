using System.Management.Automation;

namespace MdeFic.Tests.Harness;

/// <summary>All that a script put out, each stream by itself.</summary>
internal sealed record EngineResult(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose,
    IReadOnlyList<string> Debug,
    IReadOnlyList<string> Information,
    IReadOnlyList<ProgressRecord> Progress,
    ErrorRecord? Terminating,
    TimeSpan Elapsed)
{
    /// <summary>The output without PowerShell's wrapping.</summary>
    internal IEnumerable<object> Values => Output.Select(item => item.BaseObject);

    /// <summary>The output's only object.</summary>
    internal PSObject Only => Assert.Single(Output);

    /// <summary>The only error, which did not end the script.</summary>
    internal ErrorRecord OnlyError
    {
        get
        {
            Assert.Null(Terminating);
            return Assert.Single(Errors);
        }
    }

    /// <summary>The error that ended the script.</summary>
    internal ErrorRecord TerminatingError
    {
        get
        {
            Assert.NotNull(Terminating);
            return Terminating;
        }
    }

    /// <summary>Fails the test when anything went wrong.</summary>
    internal EngineResult Succeeded()
    {
        Assert.True(Terminating is null, $"{Terminating?.FullyQualifiedErrorId}: {Terminating}");
        Assert.True(Errors.Count == 0, string.Join('\n', Errors.Select(error => $"{error.FullyQualifiedErrorId}: {error}")));
        return this;
    }
}
