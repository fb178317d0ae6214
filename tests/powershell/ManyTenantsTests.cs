using System.Text.Json;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>A thousand tenants: each is worked on once, one's failure is its own, and all of it can be stopped.</summary>
public sealed class ManyTenantsTests : IDisposable
{
    private const int Count = 1_000;
    private const string Get = "Get-MdeIndicator $tenants $client -ManagedIdentityClientId $identity";

    private readonly EmulatorProcess _emulator;
    private readonly Engine _engine = new();
    private readonly EnvironmentScope _variables = new();

    /// <summary>Starts the world: every hundredth tenant has not consented.</summary>
    public ManyTenantsTests()
    {
        _emulator = EmulatorProcess.Start(JsonSerializer.Serialize(new
        {
            tenants = Enumerable.Range(1, Count).Select(number => new
            {
                id = $"00000000-0000-4000-8000-{number:x12}",
                name = $"T{number}",
                indicators = 3,
                application = number % 100 == 0 ? "notConsented" : "consented",
            }),
        }));
        _engine.Invoke("Disconnect-MdeFic").Succeeded();
        _variables.Replace(_emulator.EnvironmentOf("appService"));
        _engine.Set("tenants", _emulator.TenantIds);
        _engine.Set("client", _emulator.Address.ClientId);
        _engine.Set("identity", _emulator.Address.ManagedIdentityClientId);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Dispose();
        _variables.Dispose();
        _emulator.Dispose();
    }

    [Fact]
    public void One_tenants_failure_is_one_error_and_the_others_go_on()
    {
        var result = _engine.Invoke(Get);
        Assert.Null(result.Terminating);
        Assert.Equal((Count - 10) * 3, result.Output.Count);
        Assert.Equal(Count - 10, result.Output.Select(item => item.Properties["TenantId"].Value).Distinct().Count());
        Assert.Equal(10, result.Errors.Count);
        Assert.All(result.Errors, error => Assert.StartsWith("MDE2009.ConsentMissing", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Equal(10, result.Errors.Select(error => error.TargetObject).Distinct().Count());
        // One assertion for all, one exchange and one page for each.
        Assert.Single(_emulator.Journal("identity"));
        Assert.Equal(Count, _emulator.Journal("authority").Count);
        Assert.Equal(Count - 10, _emulator.Journal("defender").Count);
    }

    [Fact]
    public void Rows_of_a_table_name_the_tenants()
    {
        const string Piped = "$tenants | & { process { [pscustomobject]@{ CustomerId = $_ } } } | Get-MdeIndicator -ClientId $client -ManagedIdentityClientId $identity -First 1";
        Assert.Equal(Count - 10, _engine.Invoke(Piped).Output.Count);
    }

    [Fact]
    public void A_throttled_tenant_does_not_hold_up_the_others()
    {
        _emulator.AddFault($$"""{"target":"indicators","kind":"status","status":429,"retryAfter":{"seconds":3},"tenant":"{{_emulator.TenantIds[0]}}"}""");
        var result = _engine.Invoke(Get);
        Assert.Equal((Count - 10) * 3, result.Output.Count);
        Assert.Equal(_emulator.TenantIds[0], result.Output[^1].Properties["TenantId"].Value);
        Assert.Contains(result.Progress, progress => progress.StatusDescription.Contains("of 1000 tenants", StringComparison.Ordinal));
    }

    [Fact]
    public void Ctrl_C_ends_all_of_them_at_once()
    {
        _emulator.AddFault("""{"target":"indicators","kind":"hang","times":4294967295}""");
        // The fastest of three: what else the machine does is not the module's.
        var fastest = Enumerable.Range(0, 3).Min(_ =>
        {
            _emulator.ClearJournal();
            using var running = _engine.Begin(Get);
            Waiting.Until(() => _emulator.Journal("defender").Count >= 32, "32 tenants that hang");
            var elapsed = running.Stop();
            Assert.Equal(32, _emulator.Journal("defender").Count);
            return elapsed;
        });
        Assert.InRange(fastest, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Tokens_come_ahead_for_as_many_tenants_as_are_worked_on()
    {
        _emulator.AddFault("""{"target":"indicators","kind":"hang","times":4294967295}""");
        using var running = _engine.Begin(Get);
        Waiting.Until(() => _emulator.Journal("authority").Count >= 64 && _emulator.Journal("defender").Count >= 32, "64 tokens");
        running.Stop();
        Assert.Equal(32, _emulator.Journal("defender").Count);
        Assert.Equal(64, _emulator.Journal("authority").Count);
    }

    [Fact]
    public void One_at_a_time_they_come_in_their_order()
    {
        var result = _engine.Invoke($"{Get.Replace("$tenants", "$tenants[0..9]", StringComparison.Ordinal)} -ThrottleLimit 1");
        var tenants = result.Output.Select(item => item.Properties["TenantId"].Value).Distinct();
        Assert.Equal(_emulator.TenantIds.Take(10), tenants);
        var calls = _emulator.Journal().OrderBy(call => call.Sequence).Select(call => call.Listener).Skip(1);
        Assert.Equal(Enumerable.Repeat(new[] { "authority", "defender" }, 10).SelectMany(pair => pair), calls);
    }
}
