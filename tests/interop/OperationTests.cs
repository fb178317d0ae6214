using MdeFic.Native;
using MdeFic.Native.Generated;
using MdeFic.Tests.Harness;

namespace MdeFic.InteropTests;

/// <summary>One operation from its start to its end, without PowerShell.</summary>
public sealed class OperationTests : BoundaryTest, IDisposable
{
    private readonly EmulatorProcess _emulator = EmulatorProcess.Start();

    /// <inheritdoc/>
    public void Dispose() => _emulator.Dispose();

    [Fact]
    public void Tokens_of_all_tenants_come_and_then_the_end()
    {
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, _emulator.TenantIds).Wire());
        var (tokens, failures, end) = Pump.Tokens(operation);
        Assert.Empty(failures);
        Assert.Equal(_emulator.TenantIds.Order(), tokens.Select(token => token.tenant_id).Order());
        Assert.All(tokens, token => Assert.Equal(3, token.token.Split('.').Length));
        Assert.All(tokens, token => Assert.InRange(token.expires_on, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3000, long.MaxValue));
        Assert.Equal(3ul, end.records);
    }

    [Fact]
    public void The_end_can_be_pulled_again()
    {
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, _emulator.TenantIds[1]).Wire());
        Pump.Tokens(operation);
        Assert.True(Pump.Next(operation).IsEnded);
        Assert.True(Pump.Next(operation).IsEnded);
    }

    [Fact]
    public void An_operation_without_tenants_is_refused_before_any_call()
    {
        using var operation = Operation.Tokens(Requests.Tokens(_emulator).Wire());
        var (tokens, failures, end) = Pump.Tokens(operation);
        Assert.Empty(tokens);
        Assert.Contains("-TenantId", Assert.Single(failures).message);
        Assert.Equal(0ul, end.records);
        using var listing = Operation.Indicators(Requests.Indicators(_emulator).Wire());
        Assert.True(Pump.NextOfNote(listing).IsFailed);
        Assert.True(Pump.NextOfNote(listing).IsEnded);
        Assert.Empty(_emulator.Journal());
    }

    [Fact]
    public void Every_indicator_crosses()
    {
        using var operation = Operation.Indicators(Requests.Indicators(_emulator, _emulator.TenantIds[0]).Wire());
        var ids = new HashSet<string>();
        var batches = 0;
        while (true)
        {
            var next = Pump.NextOfNote(operation);
            if (next.IsEnded)
            {
                Assert.Equal(12_500ul, next.AsEnded().records);
                break;
            }

            next.AsRecords();
            using var taken = operation.TakeIndicators();
            var reply = taken.Unwire();
            Assert.Equal(_emulator.TenantIds[0], reply.tenant_id);
            var texts = new Texts(reply.texts);
            batches++;
            foreach (var indicator in reply.indicators)
            {
                Assert.True(ids.Add(texts.Text(indicator.id)));
                Assert.NotEmpty(texts.Text(indicator.indicator_value));
            }
        }

        Assert.Equal(12_500, ids.Count);
        Assert.InRange(batches, 2, 1_000);
    }

    [Fact]
    public void Taking_what_is_not_there_gives_nothing()
    {
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, _emulator.TenantIds[1]).Wire());
        using (var early = operation.TakeIndicators())
        {
            Assert.Empty(early.Unwire().indicators);
        }

        Pump.NextOfNote(operation).AsRecords();
        using var taken = operation.TakeTokens();
        Assert.Single(taken.Unwire());
        using var again = operation.TakeTokens();
        Assert.Empty(again.Unwire());
    }

    [Fact]
    public void A_failure_is_an_event_and_carries_its_report()
    {
        const string Unknown = "00000000-0000-4000-8000-0000000000ff";
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, Unknown, _emulator.TenantIds[1]).Wire());
        var (tokens, failures, _) = Pump.Tokens(operation);
        Assert.Single(tokens);
        var failure = Assert.Single(failures);
        Assert.Equal("MDE2011.TenantNotFound", failure.code);
        Assert.Equal("ObjectNotFound", failure.category);
        Assert.Equal(90002u, failure.entra_code);
        Assert.Equal(Unknown, failure.target);
        Assert.False(failure.is_final);
        Assert.False(failure.is_transient);
    }

    [Fact]
    public void Wrong_settings_are_one_final_failure()
    {
        var request = Requests.Tokens(_emulator, _emulator.TenantIds);
        request.connection.client_id = "no guid";
        using var operation = Operation.Tokens(request.Wire());
        var (tokens, failures, _) = Pump.Tokens(operation);
        Assert.Empty(tokens);
        Assert.True(Assert.Single(failures).is_final);
        Assert.Empty(_emulator.Journal());
    }

    [Fact]
    public void Tokens_in_memory_come_without_an_operation()
    {
        var request = Requests.Tokens(_emulator, _emulator.TenantIds[1]);
        using (var before = Interop.cached_tokens(request.Wire()))
        {
            Assert.Empty(before.Unwire());
        }

        string token;
        using (var operation = Operation.Tokens(request.Wire()))
        {
            token = Assert.Single(Pump.Tokens(operation).Tokens).token;
        }

        using (var after = Interop.cached_tokens(request.Wire()))
        {
            Assert.Equal(token, Assert.Single(after.Unwire()).token);
        }

        // All or none: the caller would not know which are missing.
        using var partly = Interop.cached_tokens(Requests.Tokens(_emulator, _emulator.TenantIds[..2]).Wire());
        Assert.Empty(partly.Unwire());
        request.force_refresh = true;
        using var forced = Interop.cached_tokens(request.Wire());
        Assert.Empty(forced.Unwire());
    }
}
