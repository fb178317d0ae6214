using System.Collections;
using System.Net;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>What Get-MdeFicToken puts out, and that nothing shows the token but what says so.</summary>
public sealed class TokenObjectTests : ModuleTest
{
    private const string Get = "Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity";

    [Fact]
    public void The_token_is_in_a_secure_string_and_Defender_accepts_it()
    {
        var token = Engine.Invoke(Get).Succeeded().Only;
        Assert.Equal("MdeFic.Models.FicToken", token.BaseObject.GetType().FullName);
        Assert.Equal(Fabrikam, token.Properties["TenantId"].Value);
        Assert.Equal(Emulator.Address.ClientId, token.Properties["ClientId"].Value);
        Assert.Equal("https://api.securitycenter.microsoft.com/.default", token.Properties["Scope"].Value);
        Assert.Equal("AppService", token.Properties["Source"].Value);
        Assert.Contains("Ti.ReadWrite.All", (string[])token.Properties["Roles"].Value);
        var expires = (DateTimeOffset)token.Properties["ExpiresOn"].Value;
        var refresh = (DateTimeOffset)token.Properties["RefreshOn"].Value;
        Assert.InRange(expires, DateTimeOffset.UtcNow.AddMinutes(55), DateTimeOffset.UtcNow.AddMinutes(61));
        Assert.InRange(refresh, DateTimeOffset.UtcNow, expires.AddMinutes(-1));
        Assert.Equal(HttpStatusCode.OK, AskDefender(Reveal(token.Properties["Token"].Value)));
    }

    [Fact]
    public void Nothing_that_shows_the_object_shows_the_token()
    {
        Engine.Invoke($"$t = {Get}").Succeeded();
        var table = Engine.Show("$t");
        Assert.Contains(Fabrikam, table, StringComparison.Ordinal);
        Assert.Matches(@"TenantId\s+Source\s+ExpiresOn\s+Roles", table);
        var text = Engine.Invoke("\"$t\"").Only.ToString();
        Assert.StartsWith($"token of tenant {Fabrikam} until ", text, StringComparison.Ordinal);

        // Dispose looks for the secret in all of these.
        Assert.Contains("SecureString", Engine.Show("$t.psobject.Properties"), StringComparison.Ordinal);
        Assert.Contains("SecureString", Engine.Show("$t.Token"), StringComparison.Ordinal);
        Engine.Invoke("$t; $t.Token; foreach ($p in $t.psobject.Properties) { \"$($p.Name)=$($p.Value)\" }").Succeeded();
        Engine.Invoke("[System.Management.Automation.PSSerializer]::Serialize($t, 5)").Succeeded();
    }

    [Fact]
    public void The_token_in_the_object_can_not_be_changed()
    {
        var token = Engine.Invoke(Get).Succeeded().Only;
        Assert.True(Assert.IsType<System.Security.SecureString>(token.Properties["Token"].Value).IsReadOnly());
        Assert.All(token.Properties, property => Assert.False(property.IsSettable, property.Name));
    }

    [Fact]
    public void AsPlainText_is_the_bare_token()
    {
        var token = Assert.IsType<string>(Engine.InvokeForSecret($"{Get} -AsPlainText").Succeeded().Only.BaseObject);
        Assert.Equal(3, token.Split('.').Length);
        // Else the other tests would look for a mark that is not there, in whole tokens and in those that a table cuts off.
        Assert.True(Canary.IsIn(token[20..]));
        Assert.True(Canary.IsIn(token[..20]));
        Assert.Equal(HttpStatusCode.OK, AskDefender(token));
        Assert.Equal(HttpStatusCode.Unauthorized, AskDefender(token + "x"));
    }

    [Fact]
    public void AsHeader_is_what_a_web_request_takes()
    {
        var header = Assert.IsType<Hashtable>(Engine.InvokeForSecret($"{Get} -AsHeader").Succeeded().Only.BaseObject);
        Assert.Equal("Authorization", Assert.Single(header.Keys.Cast<string>()));
        var value = Assert.IsType<string>(header["Authorization"]);
        Assert.StartsWith("Bearer ", value, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, AskDefender(value["Bearer ".Length..]));
    }

    [Fact]
    public void AsPlainText_and_AsHeader_exclude_each_other()
    {
        var error = Engine.Invoke($"{Get} -AsPlainText -AsHeader").TerminatingError;
        Assert.StartsWith("AmbiguousParameterSet", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal());
    }

    [Fact]
    public void A_scope_without_default_is_completed_and_said()
    {
        var result = Engine.Invoke($"{Get} -Scope https://api.securitycenter.microsoft.com").Succeeded();
        Assert.Equal("https://api.securitycenter.microsoft.com/.default", result.Only.Properties["Scope"].Value);
        Assert.Contains("/.default", Assert.Single(result.Warnings), StringComparison.Ordinal);
        var exchange = Assert.Single(Emulator.Journal("authority"));
        Assert.Equal("https://api.securitycenter.microsoft.com/.default", exchange.FormValue("scope"));
        Assert.Empty(Engine.Invoke($"{Get} -Scope https://api.securitycenter.microsoft.com/.default").Succeeded().Warnings);
    }

    [Fact]
    public void A_token_without_roles_comes_with_a_warning_that_says_what_to_do()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"Bare","roles":[]}""");
        var result = Engine.Invoke("Get-MdeFicToken $unknown $client -ManagedIdentityClientId $identity").Succeeded();
        Assert.Empty((string[])result.Only.Properties["Roles"].Value);
        var warning = Assert.Single(result.Warnings);
        Assert.StartsWith("MDE2018", warning, StringComparison.Ordinal);
        Assert.Contains(ConsentPath, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void The_verbose_stream_tells_the_way_and_no_secret()
    {
        var verbose = Engine.Invoke(Get).Succeeded().Verbose;
        Assert.Contains(verbose, line => line.Contains("App Service", StringComparison.Ordinal));
        Assert.Contains(verbose, line => line.Contains("correlation id", StringComparison.Ordinal));
    }
}
