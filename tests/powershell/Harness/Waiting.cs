using System.Diagnostics;

namespace MdeFic.Tests.Harness;

/// <summary>Waits for what another thread or process does, and fails when it doesn't.</summary>
internal static class Waiting
{
    internal static void Until(Func<bool> condition, string expected)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"it did not happen: {expected}");
            Thread.Sleep(10);
        }
    }
}
