using System.Text.RegularExpressions;

namespace MdeFic.PowerShell.Tests;

/// <summary>What a person at a screen of 120 columns sees of indicators.</summary>
public sealed class IndicatorViewTests : ModuleTest
{
    private const string Get = "Get-MdeIndicator $contoso, $fabrikam $client -ManagedIdentityClientId $identity -First 3";

    [Fact]
    public void Indicators_are_a_table_for_each_tenant()
    {
        // The verbose lines are not bound to the screen's width.
        var lines = Engine.Show($"$VerbosePreference = 'SilentlyContinue'; {Get}").Split('\n');
        Assert.Equal(2, lines.Count(line => Regex.IsMatch(line, @"^Id\s+Type\s+Value\s+Action\s+Expires\s+Title\s*$")));
        Assert.Equal(1, lines.Count(line => line.Trim() == $"TenantId: {Contoso}"));
        Assert.Equal(1, lines.Count(line => line.Trim() == $"TenantId: {Fabrikam}"));
        Assert.Equal(2, lines.Count(line => line.StartsWith("1000 ", StringComparison.Ordinal)));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void Dates_are_short_and_a_missing_one_is_empty()
    {
        Emulator.SetIndicators(Fabrikam, """
            [
                {"id": "1", "indicatorValue": "a.example", "indicatorType": "DomainName", "action": "Audit", "title": "One",
                 "expirationTime": "2030-01-02T03:04:05Z"},
                {"id": "2", "indicatorValue": "b.example", "indicatorType": "DomainName", "action": "Block", "title": "Two"}
            ]
            """);
        var shown = Engine.Show("Get-MdeIndicator $fabrikam $client -ManagedIdentityClientId $identity");
        Assert.Matches(@"1\s+DomainName\s+a\.example\s+Audit\s+2030-01-02 One", shown);
        Assert.Matches(@"2\s+DomainName\s+b\.example\s+Block\s+Two", shown);
    }

    [Fact]
    public void A_property_that_is_not_in_the_table_is_still_there()
    {
        var shown = Engine.Show(
            "(Get-MdeIndicator $fabrikam $client -ManagedIdentityClientId $identity -First 1).psobject.Properties.Name");
        Assert.Contains("CreatedByDisplayName", shown, StringComparison.Ordinal);
        Assert.Contains("AdditionalProperties", shown, StringComparison.Ordinal);
    }
}
