namespace MdeFic.Benchmarks;

/// <summary>A measurement could not be taken, or took something that is wrong.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
