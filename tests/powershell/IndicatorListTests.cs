using System.Management.Automation;
using System.Web;

namespace MdeFic.PowerShell.Tests;

/// <summary>What Get-MdeIndicator puts out: every record of every tenant once, typed, and no more than asked for.</summary>
public sealed class IndicatorListTests : ModuleTest
{
    private const string Get = "Get-MdeIndicator -ClientId $client -ManagedIdentityClientId $identity -TenantId";

    [Fact]
    public void Every_indicator_of_every_tenant_comes_once()
    {
        var result = Engine.Invoke($"{Get} $all").Succeeded();
        Assert.Equal(12_540, result.Output.Count);
        var byTenant = result.Output.ToLookup(item => TextOf(item, "TenantId"));
        Assert.Equal(new[] { Contoso, Fabrikam }.Order(), byTenant.Select(group => group.Key).Order());
        Assert.Equal(12_500, byTenant[Contoso].DistinctBy(item => TextOf(item, "Id")).Count());
        Assert.Equal(40, byTenant[Fabrikam].DistinctBy(item => TextOf(item, "Id")).Count());
        Assert.Single(Emulator.Journal("identity"));
        // Two pages of the large tenant, one of each other.
        Assert.Equal(4, Emulator.Journal("defender").Count);
    }

    [Fact]
    public void Tenants_come_from_the_pipeline()
    {
        const string Values = "$fabrikam, $adatum | Get-MdeIndicator -ClientId $client -ManagedIdentityClientId $identity";
        Assert.Equal(40, Engine.Invoke(Values).Succeeded().Output.Count);
        const string Rows = """
            [pscustomobject]@{ TenantId = $fabrikam; ClientId = $client } |
                Get-MdeIndicator -ManagedIdentityClientId $identity
            """;
        Assert.Equal(40, Engine.Invoke(Rows).Succeeded().Output.Count);
    }

    [Fact]
    public void A_tenant_without_indicators_is_no_error() => Assert.Empty(Engine.Invoke($"{Get} $adatum").Succeeded().Output);

    [Fact]
    public void An_indicator_has_Defenders_properties_with_types()
    {
        Emulator.SetIndicators(Fabrikam, """
            [{
                "id": "7001", "indicatorValue": "https://evil.example/?a=1&b=ü", "indicatorType": "Url", "action": "Warn",
                "title": "T", "description": "D", "severity": "High", "application": "App", "generateAlert": true,
                "recommendedActions": "R", "rbacGroupNames": ["A", "B"], "rbacGroupIds": ["1", "2"],
                "educateUrl": "https://contoso.example", "externalId": "x-1", "category": 8,
                "mitreTechniques": ["T1566.002"], "historicalDetection": false, "bypassDurationHours": 24,
                "createdBy": "c", "createdByDisplayName": "C", "createdBySource": "PublicApi", "lastUpdatedBy": "l",
                "expirationTime": "2030-01-02T03:04:05.1234567Z", "creationTimeDateTimeUtc": "2020-01-02T03:04:05Z",
                "lastUpdateTime": "2021-01-02T03:04:05Z", "brandNew": {"deep": [1, 2]}
            }]
            """);
        var item = Engine.Invoke($"{Get} $fabrikam").Succeeded().Only;
        Assert.Equal("MdeFic.Models.Indicator", item.BaseObject.GetType().FullName);
        Assert.Equal(Fabrikam, TextOf(item, "TenantId"));
        Assert.Equal("7001", TextOf(item, "Id"));
        Assert.Equal("https://evil.example/?a=1&b=ü", TextOf(item, "IndicatorValue"));
        Assert.Equal(["A", "B"], Assert.IsType<string[]>(item.Properties["RbacGroupNames"].Value));
        Assert.Equal(["T1566.002"], Assert.IsType<string[]>(item.Properties["MitreTechniques"].Value));
        Assert.Equal(true, item.Properties["GenerateAlert"].Value);
        Assert.Equal(false, item.Properties["HistoricalDetection"].Value);
        Assert.Equal(24L, item.Properties["BypassDurationHours"].Value);
        Assert.Equal("8", TextOf(item, "Category"));
        var expires = Assert.IsType<DateTimeOffset>(item.Properties["ExpirationTime"].Value);
        Assert.Equal(DateTimeOffset.Parse("2030-01-02T03:04:05.1234567Z", null), expires);
        Assert.Equal(TimeSpan.Zero, expires.Offset);
        var extra = Assert.IsAssignableFrom<IReadOnlyDictionary<string, string>>(item.Properties["AdditionalProperties"].Value);
        Assert.Equal("""{"deep":[1,2]}""", extra["brandNew"].Replace(" ", string.Empty, StringComparison.Ordinal));
        Assert.Equal("Url https://evil.example/?a=1&b=ü Warn", item.ToString());
    }

    [Fact]
    public void What_Defender_leaves_out_is_null_and_not_invented()
    {
        Emulator.SetIndicators(Fabrikam, """
            [{"id": "1", "indicatorValue": "10.0.0.1", "indicatorType": "FutureType", "action": "FutureAction"}]
            """);
        var item = Engine.Invoke($"{Get} $fabrikam").Succeeded().Only;
        Assert.Equal("FutureType", TextOf(item, "IndicatorType"));
        Assert.Equal("FutureAction", TextOf(item, "Action"));
        foreach (var name in new[] { "Title", "ExpirationTime", "GenerateAlert", "HistoricalDetection", "BypassDurationHours" })
        {
            Assert.Null(item.Properties[name].Value);
        }

        Assert.Empty(Assert.IsType<string[]>(item.Properties["RbacGroupNames"].Value));
    }

    [Fact]
    public void First_and_Skip_ask_for_no_more_than_they_need()
    {
        var ten = Engine.Invoke($"{Get} $contoso -First 10").Succeeded().Output;
        Assert.Equal(10, ten.Count);
        var request = Assert.Single(Emulator.Journal("defender"));
        Assert.Equal("10", request.QueryValue("$top"));
        Assert.InRange(request.Bytes, 1, 40_000);

        var next = Engine.Invoke($"{Get} $contoso -Skip 7 -First 5").Succeeded().Output;
        Assert.Equal(ten.Skip(7).Select(item => TextOf(item, "Id")), next.Take(3).Select(item => TextOf(item, "Id")));
        Assert.Equal(5, next.Count);
        Assert.Equal(10, Engine.Invoke($"{Get} $contoso -Skip 12490").Succeeded().Output.Count);
        Assert.Equal(10_500, Engine.Invoke($"{Get} $contoso -First 10500").Succeeded().Output.Count);
    }

    [Fact]
    public void First_counts_for_each_tenant()
    {
        var output = Engine.Invoke($"{Get} $all -First 3").Succeeded().Output;
        Assert.Equal(3, output.Count(item => TextOf(item, "TenantId") == Contoso));
        Assert.Equal(3, output.Count(item => TextOf(item, "TenantId") == Fabrikam));
    }

    [Fact]
    public void First_zero_asks_Defender_nothing()
    {
        Assert.Empty(Engine.Invoke($"{Get} $contoso -First 0").Succeeded().Output);
        Assert.Empty(Emulator.Journal("defender"));
    }

    [Fact]
    public void A_filter_goes_to_Defender_as_it_is()
    {
        const string Filter = "indicatorType eq 'Url'";
        var output = Engine.Invoke($"{Get} $fabrikam -Filter $filter", ("filter", Filter)).Succeeded().Output;
        Assert.NotEmpty(output);
        Assert.All(output, item => Assert.Equal("Url", TextOf(item, "IndicatorType")));
        Assert.Equal(Filter, HttpUtility.UrlDecode(Assert.Single(Emulator.Journal("defender")).QueryValue("$filter")));
    }

    [Fact]
    public void The_base_url_can_be_named_instead_of_set()
    {
        Variables.Set("MDEFIC_API_BASE_URL", null);
        var output = Engine.Invoke($"{Get} $fabrikam -ApiBaseUrl $url", ("url", Emulator.Address.Defender)).Succeeded().Output;
        Assert.Equal(40, output.Count);
        var refused = Engine.Invoke($"{Get} $fabrikam -ApiBaseUrl http://defender.example");
        Assert.StartsWith("MDE4008.UrlInsecure,", refused.TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void The_objects_flow_into_other_commands()
    {
        var blocked = Engine.Invoke($"{Get} $fabrikam | Where-Object Action -like Block* | ForEach-Object IndicatorValue")
            .Succeeded().Values.ToList();
        Assert.InRange(blocked.Count, 1, 39);
        Assert.All(blocked, value => Assert.IsType<string>(value));
        // The records name their tenant, so they can be the input of the next call.
        var tokens = Engine.Invoke(
            $"{Get} $fabrikam -First 2 | Get-MdeFicToken -ClientId $client -ManagedIdentityClientId $identity").Succeeded();
        Assert.All(tokens.Output, token => Assert.Equal(Fabrikam, TextOf(token, "TenantId")));
    }

    [Fact]
    public void One_wrong_tenant_among_three_costs_only_its_own_records()
    {
        var result = Engine.Invoke($"{Get} $contoso, $unknown, $fabrikam -First 5");
        Assert.Equal(10, result.Output.Count);
        Assert.StartsWith("MDE2011.TenantNotFound,", result.OnlyError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(Unknown, result.OnlyError.TargetObject);
    }

    private static string TextOf(PSObject item, string property) => Assert.IsType<string>(item.Properties[property].Value);
}
