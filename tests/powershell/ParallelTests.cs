using System.Management.Automation;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>Runspaces side by side in one process share tokens and nothing else.</summary>
public sealed class ParallelTests : ModuleTest
{
    [Fact]
    public void ForEach_Parallel_shares_one_exchange()
    {
        const string Script = """
            1..16 | ForEach-Object -ThrottleLimit 8 -Parallel {
                Import-Module $using:module
                Get-MdeFicToken $using:fabrikam $using:client -ManagedIdentityClientId $using:identity
            }
            """;
        var result = Engine.Invoke(Script).Succeeded();
        Assert.Equal(16, result.Output.Count);
        Assert.Single(result.Output.Select(token => Reveal(token.Properties["Token"].Value)).Distinct());
        Assert.Single(Emulator.Journal("identity"));
        Assert.Single(Emulator.Journal("authority"));
    }

    [Fact]
    public void ForEach_Parallel_lists_many_tenants()
    {
        const string Script = """
            $all | ForEach-Object -Parallel {
                Import-Module $using:module
                Get-MdeIndicator $_ $using:client -ManagedIdentityClientId $using:identity
            }
            """;
        var result = Engine.Invoke(Script).Succeeded();
        Assert.Equal(12_540, result.Output.Count);
        Assert.Single(Emulator.Journal("identity"));
        Assert.Equal(3, Emulator.Journal("authority").Count);
    }

    [Fact]
    public void Several_runspaces_share_one_exchange()
    {
        using var other = new Engine();
        other.Set("fabrikam", Fabrikam);
        other.Set("client", Emulator.Address.ClientId);
        other.Set("identity", Emulator.Address.ManagedIdentityClientId);
        const string Get = "Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity";
        // Neither has a token yet, and the exchange takes long enough for both to ask.
        Emulator.AddFault("""{"target":"token","kind":"slow","bytes":300,"pauseMilliseconds":50}""");
        EngineResult? first = null;
        var thread = new Thread(() => first = Engine.Invoke(Get));
        thread.Start();
        var second = other.Invoke(Get).Succeeded();
        thread.Join();
        Assert.NotNull(first);
        Assert.Equal(TokenOf(first.Succeeded()), TokenOf(second));
        Assert.Single(Emulator.Journal("authority"));
    }

    [Fact]
    public void One_runspace_that_is_stopped_does_not_take_the_exchange_from_the_other()
    {
        using var other = new Engine();
        other.Set("fabrikam", Fabrikam);
        other.Set("client", Emulator.Address.ClientId);
        other.Set("identity", Emulator.Address.ManagedIdentityClientId);
        const string Get = "Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity -Verbose";
        Emulator.AddFault("""{"target":"token","kind":"slow","bytes":50,"pauseMilliseconds":100}""");
        using var running = Engine.Begin(Get);
        Waiting.Until(() => Emulator.Journal("authority").Count == 1, "an exchange that has begun");
        using var second = other.Begin(Get);
        Waiting.Until(() => second.HasSaid("on its way"), "the second runspace waiting for the same exchange");
        running.Stop();
        Waiting.Until(() => second.IsOver, "the second runspace's token");
        Assert.Equal(1, second.Count);
        Assert.Single(Emulator.Journal("authority"));
    }

    [Fact]
    public void A_failure_in_one_runspace_is_its_own()
    {
        const string Script = """
            $fabrikam, $unknown | ForEach-Object -Parallel {
                Import-Module $using:module
                Get-MdeFicToken $_ $using:client -ManagedIdentityClientId $using:identity
            }
            """;
        var result = Engine.Invoke(Script);
        Assert.Equal(Fabrikam, result.Only.Properties["TenantId"].Value);
        Assert.StartsWith("MDE2011.TenantNotFound,", result.OnlyError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ObjectNotFound, result.OnlyError.CategoryInfo.Category);
    }

    private static string TokenOf(EngineResult result) => Reveal(result.Only.Properties["Token"].Value);
}
