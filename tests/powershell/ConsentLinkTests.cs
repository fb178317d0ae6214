namespace MdeFic.PowerShell.Tests;

/// <summary>The link by which an administrator consents.</summary>
public sealed class ConsentLinkTests : ModuleTest
{
    [Fact]
    public void The_link_names_sign_in_host_tenant_and_application()
    {
        var link = Engine.Invoke("New-MdeFicConsentLink $fabrikam $client").Succeeded().Only;
        var expected = $"{Emulator.Address.Authority.TrimEnd('/')}/{Fabrikam}/adminconsent?client_id={Emulator.Address.ClientId}";
        Assert.Equal(expected, link.Properties["Uri"].Value.ToString());
        Assert.Equal(expected, link.BaseObject.ToString());
    }

    [Theory]
    [InlineData("Public", "https://login.microsoftonline.com/")]
    [InlineData("USGov", "https://login.microsoftonline.us/")]
    [InlineData("China", "https://login.partner.microsoftonline.cn/")]
    public void Every_cloud_has_its_own_sign_in_host(string cloud, string host)
    {
        // No identity is needed for a link, and nobody is asked.
        Variables.Clear();
        var link = Engine.Invoke($"New-MdeFicConsentLink $fabrikam $client -Cloud {cloud}").Succeeded().Only;
        Assert.StartsWith(host, link.BaseObject.ToString(), StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal("identity"));
    }

    [Fact]
    public void Many_tenants_come_from_the_pipeline_and_a_wrong_one_does_not_stop_the_others()
    {
        var result = Engine.Invoke("$contoso, 'not a tenant', $adatum | New-MdeFicConsentLink -ClientId $client");
        Assert.Equal(2, result.Output.Count);
        Assert.StartsWith("MDE4001.", result.OnlyError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}
