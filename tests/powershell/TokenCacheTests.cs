using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>When a token is asked for again and when it comes from memory.</summary>
public sealed class TokenCacheTests : ModuleTest
{
    private const string Get = "Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity";

    [Fact]
    public void The_second_call_asks_nobody()
    {
        var first = Engine.Invoke(Get).Succeeded().Only;
        Emulator.ClearJournal();
        var second = Engine.Invoke(Get).Succeeded().Only;
        Assert.Equal(Reveal(first.Properties["Token"].Value), Reveal(second.Properties["Token"].Value));
        Assert.Empty(Emulator.Journal());
    }

    [Fact]
    public void ForceRefresh_asks_again()
    {
        var first = Engine.Invoke(Get).Succeeded().Only;
        var second = Engine.Invoke($"{Get} -ForceRefresh").Succeeded().Only;
        Assert.NotEqual(Reveal(first.Properties["Token"].Value), Reveal(second.Properties["Token"].Value));
        Assert.Equal(2, Emulator.Journal("authority").Count);
        var third = Engine.Invoke(Get).Succeeded().Only;
        Assert.Equal(Reveal(second.Properties["Token"].Value), Reveal(third.Properties["Token"].Value));
        Assert.Equal(2, Emulator.Journal("authority").Count);
    }

    [Fact]
    public void ForceRefresh_can_be_switched_off()
    {
        Engine.Invoke($"{Get}; {Get} -ForceRefresh:$false").Succeeded();
        Assert.Single(Emulator.Journal("authority"));
    }

    [Fact]
    public void A_tenant_in_memory_and_one_that_is_not_both_come()
    {
        Engine.Invoke(Get).Succeeded();
        Emulator.ClearJournal();
        var result = Engine.Invoke("Get-MdeFicToken $contoso, $fabrikam $client -ManagedIdentityClientId $identity").Succeeded();
        Assert.Equal(2, result.Output.Count);
        Assert.Equal(Contoso, Assert.Single(Emulator.Journal("authority")).Tenant);
    }

    [Fact]
    public void A_token_never_serves_another_tenant_application_or_scope()
    {
        Engine.Invoke(Get).Succeeded();
        Emulator.ClearJournal();
        Engine.Invoke(Get.Replace("$fabrikam", "$adatum", StringComparison.Ordinal)).Succeeded();
        Engine.Invoke($"{Get} -Scope https://api.securitycenter.windows.com/.default").Succeeded();
        var wrong = Engine.Invoke(Get.Replace("$client", "00000000-0000-4000-8000-00000000dead", StringComparison.Ordinal));
        Assert.Empty(wrong.Output);
        var system = Engine.Invoke("Get-MdeFicToken $fabrikam $client");
        Assert.Empty(system.Output);
        Assert.Equal(4, Emulator.Journal("authority").Count);
    }

    [Fact]
    public void An_environment_that_changes_in_the_script_is_seen_at_the_next_call()
    {
        var old = Environment.GetEnvironmentVariable("IDENTITY_HEADER");
        var rotated = Emulator.RotateIdentityHeader();
        Assert.NotEqual(old, rotated);
        const string Script = """
            try { Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity } catch { $_.FullyQualifiedErrorId }
            $env:IDENTITY_HEADER = $rotated
            Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity
            """;
        var values = Engine.Invoke(Script, ("rotated", rotated)).Succeeded().Values.ToList();
        Assert.StartsWith("MDE1007.IdentityHeaderRejected", Assert.IsType<string>(values[0]), StringComparison.Ordinal);
        Assert.Equal("FicToken", values[1].GetType().Name);
        Assert.Equal(2, values.Count);
    }

    [Fact]
    public void An_endpoint_that_moves_is_followed()
    {
        Engine.Invoke(Get).Succeeded();
        using var other = EmulatorProcess.Start();
        var moved = other.EnvironmentOf("appService");
        const string Script = """
            $env:IDENTITY_ENDPOINT = $endpoint
            $env:IDENTITY_HEADER = $header
            $env:AZURE_AUTHORITY_HOST = $authority
            Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity
            """;
        var result = Engine.Invoke(
            Script,
            ("endpoint", moved["IDENTITY_ENDPOINT"]),
            ("header", moved["IDENTITY_HEADER"]),
            ("authority", moved["AZURE_AUTHORITY_HOST"]));
        Assert.Single(result.Succeeded().Output);
        Assert.Single(other.Journal("identity"));
        Assert.Single(other.Journal("authority"));
    }
}
