namespace MdeFic.Benchmarks;

/// <summary>What the caller says in environment variables.</summary>
internal static class Setting
{
    /// <summary>The value of a variable.</summary>
    /// <exception cref="BenchmarkException">It is not set.</exception>
    internal static string Required(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            ? value
            : throw new BenchmarkException($"{name} is not set; start this program with 'cargo xtask bench'");
}
