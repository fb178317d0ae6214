using System.Management.Automation;
using System.Net;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>The defaults of a runspace: set once, taken by every cmdlet, never by another runspace.</summary>
public sealed class ContextTests : ModuleTest
{
    private const string Connect = "Connect-MdeFic -TenantId $fabrikam -ClientId $client -ManagedIdentityClientId $identity";

    [Fact]
    public void Cmdlets_take_what_is_connected()
    {
        var result = Engine.Invoke($"{Connect}; Get-MdeFicToken; Get-MdeIndicator -First 3").Succeeded();
        Assert.Equal(4, result.Output.Count);
        Assert.All(result.Output, item => Assert.Equal(Fabrikam, item.Properties["TenantId"].Value));
    }

    [Fact]
    public void Connecting_asks_the_identity_once_and_no_tenant()
    {
        Assert.Empty(Engine.Invoke(Connect).Succeeded().Output);
        Assert.Single(Emulator.Journal("identity"));
        Assert.Empty(Emulator.Journal("authority"));
    }

    [Fact]
    public void Own_parameters_go_before_what_is_connected()
    {
        var token = Engine.Invoke($"{Connect}; Get-MdeFicToken $contoso").Succeeded().Only;
        Assert.Equal(Contoso, token.Properties["TenantId"].Value);
        var error = Engine.Invoke("Get-MdeFicToken -ClientId 00000000-0000-4000-8000-00000000dead").OnlyError;
        Assert.StartsWith("MDE2008.", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_identity_is_one_setting()
    {
        // Together, both ways to select the identity would be refused as a conflict.
        const string ByObject = "00000000-0000-4000-8000-0000000000fe";
        var result = Engine.Invoke($"{Connect}; Get-MdeFicToken -ManagedIdentityObjectId {ByObject} -IdentitySource AppService");
        Assert.StartsWith("MDE1005.", result.TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_pipeline_is_not_all_connected_tenants() =>
        Assert.Empty(Engine.Invoke($"{Connect}; @() | Get-MdeIndicator").Succeeded().Output);

    [Theory]
    [InlineData("Connect-MdeFic -ClientId my-app", "MDE4002.")]
    [InlineData("Connect-MdeFic -ClientId $client -TenantId 'not a tenant'", "MDE4001.")]
    [InlineData("Connect-MdeFic -ClientId $client -Cloud Moon", "MDE4011.")]
    [InlineData("Connect-MdeFic -TenantId $fabrikam", "MDE4014.")]
    public void What_is_wrong_is_said_at_once_and_sets_nothing(string script, string code)
    {
        var error = Engine.Invoke(script).TerminatingError;
        Assert.StartsWith(code, error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(Engine.Invoke("Get-MdeFicContext").Succeeded().Output);
    }

    [Fact]
    public void A_connection_that_fails_leaves_the_one_before()
    {
        Engine.Invoke(Connect).Succeeded();
        Variables.Clear();
        Variables.Set("AZUREPS_HOST_ENVIRONMENT", "AzureAutomation/1.0");
        var error = Engine.Invoke("Connect-MdeFic -ClientId $client -TenantId $contoso").TerminatingError;
        Assert.StartsWith("MDE1001.", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        var context = Engine.Invoke("Get-MdeFicContext").Succeeded().Only;
        Assert.Equal([Fabrikam], Assert.IsType<string[]>(context.Properties["TenantId"].Value));
    }

    [Theory]
    [InlineData("Get-MdeFicToken", "-ClientId")]
    [InlineData("Get-MdeIndicator -ClientId $client", "-TenantId")]
    [InlineData("New-MdeFicConsentLink -ClientId $client", "-TenantId")]
    public void Without_a_connection_what_is_missing_is_named(string script, string parameter)
    {
        var error = Engine.Invoke(script).TerminatingError;
        Assert.StartsWith("MDE4014.SettingMissing,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(parameter, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("Connect-MdeFic", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_belongs_to_its_runspace()
    {
        using var other = new Engine();
        Engine.Invoke(Connect).Succeeded();
        Assert.Empty(other.Invoke("Get-MdeFicContext").Succeeded().Output);
    }

    [Fact]
    public void Disconnecting_forgets_defaults_and_tokens()
    {
        Engine.Invoke($"{Connect}; Get-MdeFicToken").Succeeded();
        Assert.Single(Emulator.Journal("authority"));
        Assert.Empty(Engine.Invoke("Disconnect-MdeFic; Get-MdeFicContext").Succeeded().Output);
        Engine.Invoke($"{Connect}; Get-MdeFicToken").Succeeded();
        Assert.Equal(2, Emulator.Journal("authority").Count);
        Assert.Equal(2, Emulator.Journal("identity").Count);
    }

    [Fact]
    public void An_assertion_that_was_handed_in_is_used_and_not_shown()
    {
        var assertion = new NetworkCredential(string.Empty, Emulator.SignAssertion(TimeSpan.FromMinutes(10))).SecurePassword;
        var context = Engine.Invoke(
            "Connect-MdeFic $fabrikam $client -Assertion $assertion -PassThru", ("assertion", assertion)).Succeeded().Only;
        Assert.Equal(true, context.Properties["HasAssertion"].Value);
        Assert.Equal("Assertion", Engine.Invoke("Get-MdeFicToken").Succeeded().Only.Properties["Source"].Value);
        Assert.DoesNotContain(context.Properties, property => property.Value is System.Security.SecureString);
        Assert.Contains(Fabrikam, Engine.Show("Get-MdeFicContext"), StringComparison.Ordinal);
    }
}
