namespace MdeFic.Benchmarks.Measurements;

/// <summary>A quick wrong result is no result.</summary>
internal static class Expect
{
    // Shorter than any JSON web token with a signature.
    private const int ShortestToken = 300;

    /// <summary>A look that is too quick to be measured with what it looks at.</summary>
    internal static void Token(int length)
    {
        if (length < ShortestToken)
        {
            throw new BenchmarkException("there is no token");
        }
    }

    /// <summary>All records of the tenant, no more and no less.</summary>
    internal static void Records(ServerTenant tenant, int count)
    {
        if (count != tenant.Indicators)
        {
            throw new BenchmarkException($"{count} indicators came instead of {tenant.Indicators}");
        }
    }
}
