using System.Management.Automation;

namespace MdeFic.PowerShell.Tests;

/// <summary>Invoke-MdeApi: any path, with the paging, the limits and the care of the other cmdlets.</summary>
public sealed class ApiTests : ModuleTest
{
    private const string Call = "Invoke-MdeApi -ClientId $client -ManagedIdentityClientId $identity -TenantId";

    [Fact]
    public void A_list_comes_record_by_record_over_all_pages_of_all_tenants()
    {
        var result = Engine.Invoke($"{Call} $all -Path /api/indicators").Succeeded();
        Assert.Equal(12_540, result.Output.Count);
        Assert.Equal(12_500, result.Output.Count(item => item.Properties["TenantId"].Value.Equals(Contoso)));
        var first = result.Output[0];
        Assert.IsType<string>(first.Properties["indicatorValue"].Value);
        Assert.IsType<bool>(first.Properties["generateAlert"].Value);
        Assert.IsType<object[]>(first.Properties["rbacGroupNames"].Value);
    }

    [Fact]
    public void Parameters_stand_in_the_path_or_in_the_query()
    {
        var byPath = Engine.Invoke($"{Call} $contoso -Path '/api/indicators?$top=3'").Succeeded().Output;
        var byQuery = Engine.Invoke($$"""{{Call}} $contoso -Path api/indicators -Query @{ '$top' = 3 }""").Succeeded().Output;
        Assert.Equal(3, byPath.Count);
        Assert.Equal(byPath.Select(item => item.Properties["id"].Value), byQuery.Select(item => item.Properties["id"].Value));
        Assert.All(Emulator.Journal("defender"), request => Assert.Equal("3", request.QueryValue("$top")));
        Assert.Equal(2, Engine.Invoke($"{Call} $contoso -Path /api/indicators -First 2").Succeeded().Output.Count);
    }

    [Fact]
    public void Json_comes_as_it_was_sent()
    {
        Emulator.SetIndicators(Fabrikam, """[{"id":"1","indicatorValue":"a.example","x":1.50}]""");
        var json = Assert.IsType<string>(Engine.Invoke($"{Call} $fabrikam -Path /api/indicators -AsJson").Succeeded().Only.BaseObject);
        Assert.Contains("1.5", json, StringComparison.Ordinal);
        Assert.StartsWith("{", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://example.com/api/indicators?sig=sv-secret")]
    [InlineData("http://api.securitycenter.microsoft.com/api/indicators")]
    [InlineData("//example.com/api")]
    public void A_token_never_goes_to_another_host(string path)
    {
        var error = Engine.Invoke($"{Call} $fabrikam -Path '{path}'").TerminatingError;
        Assert.StartsWith("MDE4015.PathInvalid", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.DoesNotContain("sv-secret", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal());
    }

    [Fact]
    public void WhatIf_sends_nothing_and_names_each_tenant()
    {
        var result = Engine.Invoke($"{Call} $all -Path /api/indicators/1 -Method DELETE -WhatIf").Succeeded();
        Assert.Empty(result.Output);
        Assert.Empty(Emulator.Journal());
    }

    [Fact]
    public void A_change_whose_answer_is_lost_is_not_sent_again()
    {
        Emulator.AddFault("""{"target":"indicatorWrites","kind":"reset"}""");
        var error = Engine.Invoke($$"""{{Call}} $fabrikam -Path /api/indicators -Method POST -Body @{ a = 1 }""").OnlyError;
        Assert.StartsWith("MDE3012.OutcomeUnknown", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(Fabrikam, error.TargetObject);
        Assert.Single(Emulator.Journal("defender"));
    }

    [Fact]
    public void A_path_that_does_not_exist_is_one_error_for_each_tenant()
    {
        var result = Engine.Invoke($"{Call} $contoso, $fabrikam -Path /api/nothing");
        Assert.Null(result.Terminating);
        Assert.Equal(new[] { Contoso, Fabrikam }.Order(), result.Errors.Select(error => (string)error.TargetObject).Order());
    }
}
