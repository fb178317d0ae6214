using System.Management.Automation;

namespace MdeFic.PowerShell.Tests;

/// <summary>Many tenants at once: as an argument, from the pipeline, and with one that is wrong.</summary>
public sealed class TokenTenantTests : ModuleTest
{
    [Fact]
    public void Many_tenants_as_an_argument()
    {
        var result = Engine.Invoke("Get-MdeFicToken $all $client -ManagedIdentityClientId $identity").Succeeded();
        Assert.Equal(Emulator.TenantIds.Order(), TenantsOf(result.Output).Order());
        AssertTokensAreOfTheirTenants(result.Output);
        Assert.Single(Emulator.Journal("identity"));
    }

    [Fact]
    public void Many_tenants_from_the_pipeline_by_value()
    {
        var result = Engine.Invoke("$all | Get-MdeFicToken -ClientId $client -ManagedIdentityClientId $identity").Succeeded();
        Assert.Equal(Emulator.TenantIds.Order(), TenantsOf(result.Output).Order());
    }

    [Fact]
    public void Many_tenants_from_the_pipeline_by_property_name()
    {
        const string Script = """
            $rows = foreach ($t in $all) { [pscustomobject]@{ TenantId = $t; ClientId = $client; ManagedIdentityClientId = $identity } }
            $rows | Get-MdeFicToken
            """;
        var result = Engine.Invoke(Script).Succeeded();
        Assert.Equal(Emulator.TenantIds.Order(), TenantsOf(result.Output).Order());
    }

    [Fact]
    public void Rows_of_a_customer_list_bind_by_their_own_names()
    {
        const string Script = """
            [pscustomobject]@{ CustomerId = $fabrikam; AppId = $client; UserAssignedIdentity = $identity } | Get-MdeFicToken
            """;
        Assert.Equal([Fabrikam], TenantsOf(Engine.Invoke(Script).Succeeded().Output));
    }

    [Fact]
    public void Rows_with_different_applications_keep_their_own()
    {
        const string Script = """
            @(
                [pscustomobject]@{ TenantId = $contoso; ClientId = $client }
                [pscustomobject]@{ TenantId = $fabrikam; ClientId = '00000000-0000-4000-8000-00000000dead' }
                [pscustomobject]@{ TenantId = $adatum; ClientId = $client }
            ) | Get-MdeFicToken -ManagedIdentityClientId $identity
            """;
        var result = Engine.Invoke(Script);
        Assert.Equal(new[] { Contoso, Adatum }.Order(), TenantsOf(result.Output).Order());
        var error = result.OnlyError;
        Assert.StartsWith("MDE2008.ApplicationNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(Fabrikam, error.TargetObject);
    }

    [Fact]
    public void One_wrong_tenant_among_three_costs_only_its_own_token()
    {
        var result = Engine.Invoke("Get-MdeFicToken $contoso, $unknown, $fabrikam $client -ManagedIdentityClientId $identity");
        Assert.Equal(new[] { Contoso, Fabrikam }.Order(), TenantsOf(result.Output).Order());
        AssertTokensAreOfTheirTenants(result.Output);
        var error = result.OnlyError;
        Assert.StartsWith("MDE2011.TenantNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(Unknown, error.TargetObject);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Contains(Unknown, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_malformed_tenant_is_refused_without_a_request()
    {
        var result = Engine.Invoke("Get-MdeFicToken 'not a tenant', $fabrikam $client -ManagedIdentityClientId $identity");
        Assert.Equal([Fabrikam], TenantsOf(result.Output));
        Assert.StartsWith("MDE4001.", result.OnlyError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Single(Emulator.Journal("authority"));
    }

    [Fact]
    public void A_tenant_may_be_named_by_its_domain()
    {
        var token = Engine.Invoke("Get-MdeFicToken contoso.onmicrosoft.com $client -ManagedIdentityClientId $identity").Succeeded().Only;
        Assert.Equal("contoso.onmicrosoft.com", token.Properties["TenantId"].Value);
        Assert.Equal(System.Net.HttpStatusCode.OK, AskDefender(Reveal(token.Properties["Token"].Value)));
    }

    [Fact]
    public void An_empty_pipeline_asks_nobody()
    {
        var result = Engine.Invoke("@() | Get-MdeFicToken -ClientId $client -ManagedIdentityClientId $identity").Succeeded();
        Assert.Empty(result.Output);
        Assert.Empty(Emulator.Journal());
    }

    [Fact]
    public void A_hundred_tenants_share_one_assertion()
    {
        var tenants = Enumerable.Range(1, 100).Select(number => $"00000000-0000-4000-8000-{number:D12}").ToArray();
        foreach (var tenant in tenants)
        {
            Emulator.AddTenant($$"""{"id":"{{tenant}}","name":"Tenant"}""");
        }

        var result = Engine.Invoke("$many | Get-MdeFicToken -ClientId $client -ManagedIdentityClientId $identity", ("many", tenants));
        Assert.Equal(tenants, TenantsOf(result.Succeeded().Output).Order());
        Assert.Single(Emulator.Journal("identity"));
        Assert.Equal(100, Emulator.Journal("authority").Count);
    }

    [Fact]
    public void Progress_counts_the_tenants_and_is_taken_away_at_the_end()
    {
        // One tenant at a time, and slowly enough for a person to see something.
        Emulator.AddFault("""{"target":"token","kind":"slow","bytes":400,"pauseMilliseconds":60,"times":99}""");
        var result = Engine.Invoke("Get-MdeFicToken $all $client -ManagedIdentityClientId $identity -ThrottleLimit 1").Succeeded();
        Assert.Contains(result.Progress, record => record.StatusDescription.Contains("of 3 tenants", StringComparison.Ordinal)
            && record.PercentComplete is > 0 and < 100);
        Assert.Equal(ProgressRecordType.Completed, result.Progress[^1].RecordType);
        Assert.Single(result.Progress, record => record.RecordType == ProgressRecordType.Completed);
    }

    private static IEnumerable<string> TenantsOf(IEnumerable<PSObject> tokens) =>
        tokens.Select(token => (string)token.Properties["TenantId"].Value);

    // The tenant inside the token counts, not only the one that is written beside it.
    private static void AssertTokensAreOfTheirTenants(IEnumerable<PSObject> tokens) => Assert.All(tokens, token =>
    {
        var payload = Reveal(token.Properties["Token"].Value).Split('.')[1].Replace('-', '+').Replace('_', '/');
        var json = Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '='));
        using var claims = System.Text.Json.JsonDocument.Parse(json);
        Assert.Equal(token.Properties["TenantId"].Value, claims.RootElement.GetProperty("tid").GetString());
    });
}
