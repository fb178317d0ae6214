using System.Diagnostics;
using MdeFic.Native.Generated;
using MdeFic.Tests.Harness;

namespace MdeFic.InteropTests;

/// <summary>Operations that are given up: at once, in the middle, while waiting, many of them.</summary>
public sealed class LifetimeTests : BoundaryTest, IDisposable
{
    private readonly EmulatorProcess _emulator = EmulatorProcess.Start();

    /// <inheritdoc/>
    public void Dispose() => _emulator.Dispose();

    [Fact]
    public void An_operation_that_nobody_pulls_can_be_given_up()
    {
        for (var round = 0; round < 50; round++)
        {
            Operation.Indicators(Requests.Indicators(_emulator, _emulator.TenantIds).Wire()).Dispose();
        }

        AssertWorks();
    }

    [Fact]
    public void Giving_up_in_the_middle_ends_the_download()
    {
        _emulator.AddFault("""{"target":"indicators","kind":"slow","bytes":16384,"pauseMilliseconds":20,"times":99}""");
        using (var operation = Operation.Indicators(Requests.Indicators(_emulator, _emulator.TenantIds[0]).Wire()))
        {
            Pump.NextOfNote(operation).AsRecords();
            using var taken = operation.TakeIndicators();
            Assert.NotEmpty(taken.Unwire().indicators);
        }

        Thread.Sleep(300);
        var before = Assert.Single(_emulator.Journal("defender")).Bytes;
        Thread.Sleep(300);
        Assert.Equal(before, Assert.Single(_emulator.Journal("defender")).Bytes);
        _emulator.ClearFaults();
        AssertWorks();
    }

    [Fact]
    public void Records_that_are_announced_and_not_taken_are_dropped_with_the_operation()
    {
        using (var operation = Operation.Indicators(Requests.Indicators(_emulator, _emulator.TenantIds[1]).Wire()))
        {
            Pump.NextOfNote(operation).AsRecords();
        }

        AssertWorks();
    }

    [Fact]
    public void Nobody_who_pulls_means_that_nothing_piles_up()
    {
        using var operation = Operation.Indicators(Requests.Indicators(_emulator, _emulator.TenantIds[0]).Wire());
        Pump.NextOfNote(operation).AsRecords();
        Thread.Sleep(700);
        // The second page is not asked for before the first has been taken.
        Assert.Single(_emulator.Journal("defender"));
    }

    [Fact]
    public void Cancellation_ends_a_wait()
    {
        _emulator.AddFault("""{"target":"token","kind":"hang","times":99}""");
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, _emulator.TenantIds[1]).Wire());
        using var stop = new CancellationTokenSource();
        var waiting = Task.Run(() => Pull(operation, stop.Token), TestContext.Current.CancellationToken);
        Waiting.Until(() => _emulator.Journal("authority").Count == 1, "a request that hangs");
        Thread.Sleep(50);
        var watch = Stopwatch.StartNew();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
        Assert.InRange(watch.ElapsedMilliseconds, 0, 200);
    }

    [Fact]
    public void A_wait_that_was_cancelled_can_be_taken_up_again()
    {
        _emulator.AddFault("""{"target":"token","kind":"slow","bytes":400,"pauseMilliseconds":80}""");
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, _emulator.TenantIds[1]).Wire());
        using (var stop = new CancellationTokenSource(100))
        {
            Assert.ThrowsAny<OperationCanceledException>(() => Pull(operation, stop.Token));
        }

        Assert.Single(Pump.Tokens(operation).Tokens);
    }

    [Fact]
    public void A_token_that_is_cancelled_already_ends_the_wait_at_once()
    {
        _emulator.AddFault("""{"target":"token","kind":"hang","times":99}""");
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, _emulator.TenantIds[1]).Wire());
        Assert.ThrowsAny<OperationCanceledException>(() => Pull(operation, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Operations_side_by_side_keep_to_themselves()
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = 8,
            CancellationToken = TestContext.Current.CancellationToken,
        };
        Parallel.For(0, 32, options, round =>
        {
            var tenant = _emulator.TenantIds[round % 3];
            using var operation = Operation.Tokens(Requests.Tokens(_emulator, tenant).Wire());
            Assert.Equal(tenant, Assert.Single(Pump.Tokens(operation).Tokens).tenant_id);
        });
        Assert.Equal(3, _emulator.Journal("authority").Count);
    }

    [Fact]
    public void Two_thousand_operations_leave_nothing_behind()
    {
        Run(200);
        var threads = Process.GetCurrentProcess().Threads.Count;
        var memory = Settled();
        Run(2_000);
        Assert.InRange(Settled() - memory, long.MinValue, 40 << 20);
        Assert.InRange(Process.GetCurrentProcess().Threads.Count - threads, int.MinValue, 8);

        void Run(int count)
        {
            for (var round = 0; round < count; round++)
            {
                using var operation = Operation.Tokens(Requests.Tokens(_emulator, $"no tenant {new string('x', 10_000)}").Wire());
                Assert.Single(Pump.Tokens(operation).Failures);
            }
        }

        static long Settled()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    private static void Pull(Operation operation, CancellationToken cancellation)
    {
        while (!Pump.NextUnless(operation, cancellation).IsEnded)
        {
            // Log lines may come before the wait.
        }
    }

    private void AssertWorks()
    {
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, _emulator.TenantIds[1]).Wire());
        Assert.Single(Pump.Tokens(operation).Tokens);
    }
}
