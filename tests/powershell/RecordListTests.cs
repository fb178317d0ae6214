using System.Management.Automation;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>Devices, vulnerabilities, software, recommendations, alerts and hunting: typed, filtered, over all pages.</summary>
public sealed class RecordListTests : ModuleTest
{
    private const string Who = "-ClientId $client -ManagedIdentityClientId $identity";

    [Theory]
    [InlineData("Get-MdeDevice", "Device", 25)]
    [InlineData("Get-MdeSoftware", "Software", 12)]
    [InlineData("Get-MdeRecommendation", "Recommendation", 10)]
    [InlineData("Get-MdeAlert", "Alert", 8)]
    [InlineData("Get-MdeDeviceVulnerability", "DeviceVulnerability", 60)]
    [InlineData("Get-MdeDeviceVulnerability -Catalogue", "Vulnerability", 40)]
    [InlineData("Get-MdeDeviceVulnerability -Export", "SoftwareVulnerability", 70)]
    [InlineData("Get-MdeDeviceVulnerability -Export -FromFiles", "SoftwareVulnerability", 70)]
    [InlineData("Get-MdeDeviceVulnerability -Export -Since ([DateTime]::UtcNow.AddDays(-1))", "SoftwareVulnerability", 70)]
    public void Every_record_of_every_tenant_comes_with_its_type_and_tenant(string command, string type, int count)
    {
        var output = Engine.Invoke($"{command} -TenantId $contoso, $fabrikam {Who}").Succeeded().Output;
        Assert.Equal(count * 2, output.Count);
        Assert.All(output, item => Assert.Equal($"MdeFic.Models.{type}", item.BaseObject.GetType().FullName));
        Assert.Equal(count, output.Count(item => Of(item, "TenantId") == Contoso));
        Assert.Equal(count * 2, output.Select(item => $"{Of(item, "TenantId")} {Of(item, "Id")}").Distinct().Count());
    }

    [Theory]
    [InlineData("Get-MdeDevice")]
    [InlineData("Get-MdeSoftware")]
    [InlineData("Get-MdeRecommendation")]
    [InlineData("Get-MdeAlert")]
    [InlineData("Get-MdeDeviceVulnerability")]
    [InlineData("Get-MdeDeviceVulnerability -Catalogue")]
    [InlineData("Get-MdeDeviceVulnerability -Export")]
    public void Records_are_a_table_by_tenant(string command)
    {
        var shown = Engine.Show($"{command} -TenantId $contoso {Who} -First 2");
        Assert.Contains($"TenantId: {Contoso}", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("AdditionalProperties", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Properties_are_typed_and_what_is_unknown_survives()
    {
        var devices = Engine.Invoke($"Get-MdeDevice $contoso {Who}").Succeeded().Output;
        var first = devices[0];
        Assert.Equal(DateTimeOffset.Parse("2026-01-15T08:12:30.1234567Z", null), first.Properties["FirstSeen"].Value);
        Assert.Equal("75", Of(first, "RbacGroupId"));
        Assert.Equal(["Server", "Tier 0"], Assert.IsType<string[]>(first.Properties["MachineTags"].Value));
        var address = Assert.IsType<PSObject>(Assert.Single(Assert.IsType<object[]>(first.Properties["IpAddresses"].Value)));
        Assert.Equal("10.0.0.1", Of(address, "ipAddress"));
        var strange = devices[3];
        Assert.Equal("StateOfTheFuture", Of(strange, "HealthStatus"));
        Assert.Null(strange.Properties["DeviceValue"].Value);
        var extra = Assert.IsAssignableFrom<IReadOnlyDictionary<string, string>>(strange.Properties["AdditionalProperties"].Value);
        Assert.Contains("deep", extra["brandNew"], StringComparison.Ordinal);
        var row = Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Export -First 1").Succeeded().Only;
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 11, 16, 5, TimeSpan.Zero).AddTicks(2_264_400), row.Properties["LastSeenTimestamp"].Value);
        var vulnerability = Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Catalogue -First 1").Succeeded().Only;
        Assert.Equal(0.42, vulnerability.Properties["Epss"].Value);
    }

    [Fact]
    public void Parameters_become_a_filter_beside_the_own_one()
    {
        var devices = Engine.Invoke($"Get-MdeDevice $contoso {Who} -RiskScore High -Filter \"osPlatform eq 'Linux'\"").Succeeded().Output;
        Assert.NotEmpty(devices);
        Assert.All(devices, device => Assert.Equal(("High", "Linux"), (Of(device, "RiskScore"), Of(device, "OsPlatform"))));
        Assert.Equal("(osPlatform eq 'Linux') and riskScore eq 'High'", Emulator.Journal("defender")[0].QueryValue("$filter"));
        var one = Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -CveId CVE-2026-1003").Succeeded().Only;
        Assert.Equal("CVE-2026-1003", Of(one, "CveId"));
    }

    [Fact]
    public void Devices_pipe_into_their_vulnerabilities()
    {
        var script = $"Get-MdeDevice $contoso {Who} -First 2 | Get-MdeDeviceVulnerability {Who} -Catalogue";
        var found = Engine.Invoke(script).Succeeded().Output;
        Assert.Equal(14, found.Count);
        Assert.Equal(2, found.Select(item => Of(item, "MachineId")).Distinct().Count());
        var assessed = Engine.Invoke($"Get-MdeDevice $contoso {Who} -First 1 | Get-MdeDeviceVulnerability {Who}").Succeeded().Output;
        Assert.All(assessed, item => Assert.Equal(Of(found[0], "MachineId"), Of(item, "MachineId")));
        Assert.NotEmpty(assessed);
    }

    [Fact]
    public void A_tenant_without_devices_gives_nothing_though_Defender_says_404()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"New","lists":{"machines":0} }""");
        Assert.Empty(Engine.Invoke($"Get-MdeDevice $unknown {Who}").Succeeded().Output);
    }

    [Fact]
    public void An_export_goes_on_over_its_pages_and_starts_where_it_is_told()
    {
        Assert.Equal(70, Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Export -PageSize 20").Succeeded().Output.Count);
        Assert.Equal(4, Emulator.Journal("defender").Count);
        Assert.Equal(5, Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Export -FromFiles -Skip 60 -First 5").Succeeded().Output.Count);
    }

    [Fact]
    public void The_files_host_never_gets_the_token_and_the_link_is_never_shown()
    {
        var result = Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Export -FromFiles -Verbose").Succeeded();
        Assert.Equal(70, result.Output.Count);
        var files = Emulator.Journal("blob");
        Assert.Equal(2, files.Count);
        // As Azure Storage does, the host refuses whoever sends a token beside the link's own signature.
        Assert.All(files, file => Assert.Equal(200, file.Status));
        Assert.DoesNotContain(result.Verbose, line => line.Contains("sig=", StringComparison.Ordinal));
        Emulator.AddFault("""{"target":"files","kind":"status","status":403,"times":10}""");
        var error = Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Export -FromFiles").OnlyError;
        Assert.DoesNotContain("sig=", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("may have expired", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_breaks_off_is_asked_for_again_without_repeating_a_record()
    {
        Emulator.AddFault("""{"target":"files","kind":"truncate"}""");
        var output = Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Export -FromFiles").Succeeded().Output;
        Assert.Equal(70, output.Select(item => Of(item, "Id")).Distinct().Count());
        Assert.Equal(70, output.Count);
    }

    [Fact]
    public void Changes_are_of_the_last_two_weeks_and_not_of_files()
    {
        var old = Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Export -Since 2026-01-01").OnlyError;
        Assert.StartsWith("MDE3005.DefenderBadRequest", old.FullyQualifiedErrorId, StringComparison.Ordinal);
        var both = Engine.Invoke($"Get-MdeDeviceVulnerability $contoso {Who} -Export -FromFiles -Since 2026-11-22").TerminatingError;
        Assert.StartsWith("MDE4016.ParametersConflict", both.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Alerts_bring_their_evidence_when_asked()
    {
        Assert.Empty((object[])Engine.Invoke($"Get-MdeAlert $contoso {Who} -First 1").Succeeded().Only.Properties["Evidence"].Value);
        var alert = Engine.Invoke($"Get-MdeAlert $contoso {Who} -First 1 -IncludeEvidence").Succeeded().Only;
        Assert.Single((object[])alert.Properties["Evidence"].Value);
    }

    [Fact]
    public void A_missing_permission_is_named()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"New","roles":["Ti.ReadWrite.All"]}""");
        var error = Engine.Invoke($"Get-MdeDevice $unknown {Who}").OnlyError;
        Assert.StartsWith("MDE3002.DefenderForbidden", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("Machine.Read.All", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Hunting_asks_Graph_with_a_token_of_its_own()
    {
        var rows = Engine.Invoke($"Invoke-MdeHunting $contoso, $fabrikam {Who} -Query 'DeviceInfo | take 4' -Timespan 1.12:00:00").Succeeded().Output;
        Assert.Equal(8, rows.Count);
        var row = rows[0];
        Assert.Equal("pc-0000", Of(row, "DeviceName"));
        Assert.Equal(0L, row.Properties["Count"].Value);
        Assert.Equal(true, row.Properties["IsActive"].Value);
        Assert.Equal("P1DT12H", Of(row, "Timespan"));
        Assert.Contains(Of(row, "TenantId"), new[] { Contoso, Fabrikam });
        Assert.Empty(Emulator.Journal("defender"));
        Assert.Equal(2, Emulator.Journal("graph").Count);
        // What is connected for Defender does not lead Graph's token astray.
        var connected = $"$null = Connect-MdeFic {Who} -TenantId $contoso -ApiBaseUrl {Emulator.Address.Defender}; Invoke-MdeHunting -Query 'x | take 1'";
        Assert.Single(Engine.Invoke(connected).Succeeded().Output);
    }

    [Fact]
    public void A_query_that_Graph_refuses_is_told_in_its_words()
    {
        var error = Engine.Invoke($"Invoke-MdeHunting $contoso {Who} -Query 'syntaxerror'").OnlyError;
        Assert.Contains("could not be parsed", error.ToString(), StringComparison.Ordinal);
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"New","graphRoles":["User.Read.All"]}""");
        var forbidden = Engine.Invoke($"Invoke-MdeHunting $unknown {Who} -Query 'x'").OnlyError;
        Assert.Contains("ThreatHunting.Read.All", forbidden.ToString(), StringComparison.Ordinal);
    }

    private static string Of(PSObject item, string property) => item.Properties[property]?.Value as string ?? string.Empty;
}
