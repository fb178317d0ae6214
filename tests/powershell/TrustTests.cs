using System.Collections.Specialized;
using System.Management.Automation;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>The doctor: every step of a set-up that works, and what it says of those that don't.</summary>
public sealed class TrustTests : ModuleTest
{
    private const string Test = "Test-MdeFicTrust -ClientId $client -ManagedIdentityClientId $identity -TenantId";

    [Fact]
    public void A_set_up_that_works_passes_every_step()
    {
        var findings = Engine.Invoke($"{Test} $fabrikam").Succeeded().Output;
        Assert.Equal(
            ["Host", "Assertion", "FederatedCredential", "Tenant", "Exchange", "Roles", "DefenderCall"],
            findings.Select(finding => Of(finding, "Step")));
        Assert.All(findings, finding => Assert.Contains(Of(finding, "Status"), new[] { "Passed", "Warning" }));
        Assert.Equal("Passed", Status(findings, "Exchange"));
        Assert.Equal("Passed", Status(findings, "DefenderCall"));
        Assert.Equal(["", "", "", Fabrikam, Fabrikam, Fabrikam, Fabrikam], findings.Select(finding => Of(finding, "TenantId")));
        Assert.All(findings, finding => Assert.IsType<TimeSpan>(finding.Properties["Duration"].Value));
    }

    [Fact]
    public void The_federated_credential_comes_as_ready_text_for_every_tool()
    {
        var findings = Engine.Invoke($"{Test} $fabrikam").Succeeded().Output;
        var instructions = Assert.IsType<OrderedDictionary>(Find(findings, "FederatedCredential").Properties["Instructions"].Value);
        Assert.Equal(["Portal", "AzureCli", "Graph", "Bicep"], instructions.Keys.Cast<string>());
        Assert.All(instructions.Values.Cast<string>(), text =>
        {
            Assert.Contains(Emulator.Address.ClientId, text, StringComparison.Ordinal);
            Assert.Contains($"https://login.microsoftonline.com/{Emulator.Address.HomeTenantId}/v2.0", text, StringComparison.Ordinal);
            Assert.Contains("api://AzureADTokenExchange", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Without_a_tenant_the_workload_alone_is_examined()
    {
        var findings = Engine.Invoke("Test-MdeFicTrust -ClientId $client -ManagedIdentityClientId $identity").Succeeded().Output;
        Assert.Equal(["Host", "Assertion", "FederatedCredential"], findings.Select(finding => Of(finding, "Step")));
        Assert.Empty(Emulator.Journal("authority"));
    }

    [Fact]
    public void A_host_without_an_identity_still_has_its_tenant_and_the_api_looked_at()
    {
        Variables.Clear();
        Variables.Set("AZUREPS_HOST_ENVIRONMENT", "AzureAutomation/1.0");
        Variables.Set("AZURE_AUTHORITY_HOST", Emulator.Address.Authority);
        Variables.Set("MDEFIC_API_BASE_URL", Emulator.Address.Defender);
        var findings = Engine.Invoke($"{Test} $fabrikam").Succeeded().Output;
        Expect(findings, "Host", "Failed", "MDE1001.NoIdentitySource", "IDENTITY_ENDPOINT");
        Assert.Equal("Skipped", Status(findings, "Assertion"));
        Assert.Equal("Passed", Status(findings, "Tenant"));
        Assert.Equal("Skipped", Status(findings, "Exchange"));
        Assert.Equal("Skipped", Status(findings, "DefenderCall"));
        Assert.Contains("status 401 without a token", Of(Find(findings, "DefenderCall"), "Detail"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_system_assigned_identity_is_warned_of_before_entra_refuses_it()
    {
        var findings = Engine.Invoke("Test-MdeFicTrust $fabrikam $client").Succeeded().Output;
        Assert.Equal("Warning", Status(findings, "Assertion"));
        Assert.Contains("-ManagedIdentityClientId", Of(Find(findings, "Assertion"), "Remedy"), StringComparison.Ordinal);
        Expect(findings, "Exchange", "Failed", "MDE2002.FederatedSubjectMismatch", "subject");
        Assert.Equal("Skipped", Status(findings, "Roles"));
    }

    [Fact]
    public void A_tenant_that_does_not_exist_is_told_from_the_others()
    {
        var findings = Engine.Invoke($"{Test} $unknown, $fabrikam").Succeeded().Output;
        var unknown = findings.Where(finding => Of(finding, "TenantId") == Unknown).ToList();
        Expect(unknown, "Tenant", "Failed", "MDE2011.TenantNotFound", Unknown);
        Expect(unknown, "Exchange", "Failed", "MDE2011.TenantNotFound", Unknown);
        var fabrikam = findings.Where(finding => Of(finding, "TenantId") == Fabrikam).ToList();
        Assert.Equal("Passed", Status(fabrikam, "DefenderCall"));
    }

    [Fact]
    public void What_is_no_answer_of_entra_says_nothing_about_the_tenant()
    {
        Emulator.AddFault("""{"target":"configuration","kind":"html"}""");
        var findings = Engine.Invoke($"{Test} $fabrikam").Succeeded().Output;
        Expect(findings, "Tenant", "Warning", "MDE2020.ExchangeReplyInvalid", "proxy");
        Assert.Equal("Passed", Status(findings, "Exchange"));
    }

    [Fact]
    public void A_tenant_without_consent_gets_the_link()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"New","application":"notConsented"}""");
        var findings = Engine.Invoke($"{Test} $unknown").Succeeded().Output;
        Assert.Equal("Passed", Status(findings, "Tenant"));
        Expect(findings, "Exchange", "Failed", "MDE2009.ConsentMissing", ConsentPath);
    }

    [Fact]
    public void A_token_without_roles_gets_the_link()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"New","roles":[]}""");
        var findings = Engine.Invoke($"{Test} $unknown").Succeeded().Output;
        Assert.Equal("Passed", Status(findings, "Exchange"));
        Assert.Equal("Failed", Status(findings, "Roles"));
        Assert.Contains(ConsentPath, Of(Find(findings, "Roles"), "Remedy"), StringComparison.Ordinal);
        Assert.Equal("Failed", Status(findings, "DefenderCall"));
    }

    [Fact]
    public void A_tenant_without_defender_is_told_by_the_call()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"New","defender":"notProvisioned"}""");
        var findings = Engine.Invoke($"{Test} $unknown").Succeeded().Output;
        Expect(findings, "DefenderCall", "Failed", "MDE3", "Defender");
    }

    [Fact]
    public void An_api_out_of_reach_is_told()
    {
        // Port 9 (discard) is not served anywhere near a test.
        var findings = Engine.Invoke($"{Test} $fabrikam -ApiBaseUrl http://127.0.0.1:9").Succeeded().Output;
        Assert.Equal("Passed", Status(findings, "Exchange"));
        Expect(findings, "DefenderCall", "Failed", "MDE5", string.Empty);
    }

    [Fact]
    public void The_findings_of_many_tenants_are_a_table_each()
    {
        var shown = Engine.Show($"{Test} $contoso, $fabrikam");
        Assert.Contains("TenantId: (this host)", shown, StringComparison.Ordinal);
        Assert.Contains($"TenantId: {Contoso}", shown, StringComparison.Ordinal);
        Assert.Contains($"TenantId: {Fabrikam}", shown, StringComparison.Ordinal);
        Assert.Contains("DefenderCall", shown, StringComparison.Ordinal);
    }

    private static PSObject Find(IEnumerable<PSObject> findings, string step) =>
        Assert.Single(findings, finding => Of(finding, "Step") == step);

    private static string Status(IEnumerable<PSObject> findings, string step) => Of(Find(findings, step), "Status");

    private static string Of(PSObject finding, string property) =>
        Assert.IsType<string>(finding.Properties[property].Value);

    private static void Expect(IEnumerable<PSObject> findings, string step, string status, string code, string remedy)
    {
        var finding = Find(findings, step);
        Assert.Equal(status, Of(finding, "Status"));
        Assert.StartsWith(code, Of(finding, "Code"), StringComparison.Ordinal);
        Assert.Contains(remedy, Of(finding, "Remedy"), StringComparison.Ordinal);
    }
}
