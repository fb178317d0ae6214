using System.Management.Automation;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>New, Set, Import and Remove: what is sent, what comes back of each indicator, and what a failure leaves.</summary>
public sealed class IndicatorWriteTests : ModuleTest
{
    private const string Who = "-ClientId $client -ManagedIdentityClientId $identity";

    [Fact]
    public void A_new_indicator_is_there_in_every_tenant()
    {
        const string New = $$"""
            New-MdeIndicator -TenantId $fabrikam, $adatum {{Who}} -IndicatorType DomainName -IndicatorValue evil.example `
                -Action Block -Title T -Severity High -ExpirationTime 2030-01-02T03:04:05Z -ExternalId x-1
            """;
        var results = Engine.Invoke(New).Succeeded().Output;
        Assert.Equal(2, results.Count);
        Assert.All(results, result => Assert.Equal(("Write", "Accepted"), (Of(result, "Change"), Of(result, "Status"))));
        foreach (var tenant in new[] { "$fabrikam", "$adatum" })
        {
            var found = Engine.Invoke($"Get-MdeIndicator {tenant} {Who} -IndicatorValue EVIL.example").Succeeded().Only;
            Assert.Equal("Block", Of(found, "Action"));
            Assert.Equal("T", Of(found, "Description"));
            Assert.Equal("x-1", Of(found, "ExternalId"));
            Assert.Equal(Emulator.Address.ClientId, Of(found, "CreatedBy"));
            Assert.Equal(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero), found.Properties["ExpirationTime"].Value);
        }
    }

    [Fact]
    public void WhatIf_sends_nothing()
    {
        var scripts = new[]
        {
            $"New-MdeIndicator $fabrikam {Who} -IndicatorType DomainName -IndicatorValue evil.example -Action Block -Title T",
            $"Remove-MdeIndicator $fabrikam {Who} -Id 1",
            $"Set-MdeIndicator $fabrikam {Who} -Id 1 -Title T",
            $"@{{ indicatorValue = 'a.example' }} | Import-MdeIndicator -TenantId $fabrikam {Who}",
        };
        Assert.All(scripts, script => Assert.Empty(Engine.Invoke($"{script} -WhatIf").Succeeded().Output));
        Assert.Empty(Emulator.Journal());
    }

    [Theory]
    [InlineData("FileSha256", "abc", "Block", "")]
    [InlineData("IpAddress", "10.0.0.0/8", "Block", "")]
    [InlineData("DomainName", "https://evil.example", "Block", "")]
    [InlineData("CertificateThumbprint", "0123456789012345678901234567890123456789", "Block", "")]
    [InlineData("DomainName", "evil.example", "Audit", "")]
    [InlineData("DomainName", "evil.example", "Block", "-ExpirationTime 2020-01-01")]
    [InlineData("Hash", "evil.example", "Block", "")]
    public void What_Defender_would_refuse_is_refused_before_any_call(string type, string value, string action, string more)
    {
        var result = Engine.Invoke(
            $"New-MdeIndicator $fabrikam {Who} -IndicatorType {type} -IndicatorValue {value} -Action {action} -Title T {more}");
        Assert.Equal("Refused", Of(result.Only, "Status"));
        Assert.NotEmpty(Of(result.Only, "Reason"));
        Assert.StartsWith("MDE3013.IndicatorsRefused", result.OnlyError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal("defender"));
    }

    [Fact]
    public void A_thousand_rows_go_in_two_calls()
    {
        var results = Engine.Invoke($"{Rows(1000)} | Import-MdeIndicator -TenantId $adatum {Who}").Succeeded().Output;
        Assert.Equal(1000, results.Count);
        Assert.All(results, result => Assert.Equal("Accepted", Of(result, "Status")));
        Assert.Equal(2, Emulator.Journal("defender").Count);
        Assert.Equal(1000, Engine.Invoke($"Get-MdeIndicator $adatum {Who}").Succeeded().Output.Count);
    }

    [Fact]
    public void Refused_rows_come_back_with_their_reason_and_can_be_piped_in_again()
    {
        var script = $$"""
            $rows = @{ indicatorType = 'DomainName'; indicatorValue = 'a.example'; action = 'Block'; title = 'T'; description = 'D' },
                @{ indicatorType = 'DomainName'; indicatorValue = 'b.example'; action = 'Block'; description = 'D' }
            $results = $rows | Import-MdeIndicator -TenantId $adatum {{Who}} -ErrorAction SilentlyContinue
            $refused = $results | & { process { if ($_.Status -eq 'Refused') { $_ } } }
            $refused.Indicator.PSObject.Properties.Add([psnoteproperty]::new('title', 'T'))
            $refused.Reason
            $refused | Import-MdeIndicator {{Who}}
            """;
        var output = Engine.Invoke(script).Output;
        Assert.Contains("title is missing", output[0].ToString(), StringComparison.Ordinal);
        Assert.Equal("Accepted", Of(output[1], "Status"));
        Assert.Equal(Adatum, Of(output[1], "TenantId"));
        Assert.Equal(2, Engine.Invoke($"Get-MdeIndicator $adatum {Who}").Succeeded().Output.Count);
    }

    [Fact]
    public void A_row_that_Defender_refuses_in_a_200_is_told_with_its_words()
    {
        Emulator.SetIndicators(Adatum, Full(14_999));
        var result = Engine.Invoke($"{Rows(3)} | Import-MdeIndicator -TenantId $adatum {Who}");
        Assert.Equal(["Accepted", "Refused", "Refused"], result.Output.Select(row => Of(row, "Status")));
        Assert.Contains("Max capacity exceeded", Of(result.Output[1], "Reason"), StringComparison.Ordinal);
        Assert.StartsWith("MDE3014.CapacityExceeded", result.OnlyError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reset", 501)]
    [InlineData("resetAfter", 501)]
    [InlineData("truncate", 501)]
    [InlineData("resetAfter", 1)]
    public void A_connection_cut_in_the_middle_of_a_write_loses_nothing_and_sends_nothing_twice(string fault, int rows)
    {
        Emulator.AddFault($$"""{"target":"indicatorWrites","kind":"{{fault}}"}""");
        var results = Engine.Invoke($"{Rows(rows)} | Import-MdeIndicator -TenantId $adatum {Who}").Succeeded().Output;
        Assert.Equal(rows, results.Count);
        Assert.All(results, result => Assert.Equal("Accepted", Of(result, "Status")));
        Assert.All(results, result => Assert.NotEmpty(Of(result, "Id")));
        Assert.Equal(rows, Engine.Invoke($"Get-MdeIndicator $adatum {Who}").Succeeded().Output.Count);
        var writes = Emulator.Journal("defender").Count(request => request.Method == "POST");
        var batches = rows > 1 ? 2 : 1;
        Assert.Equal(fault == "reset" ? batches + 1 : batches, writes);
    }

    [Fact]
    public void More_rows_than_a_tenant_holds_are_refused_before_any_call()
    {
        var result = Engine.Invoke($"{Rows(15_001)} | Import-MdeIndicator -TenantId $adatum {Who}");
        Assert.StartsWith("MDE3014.CapacityExceeded", result.TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal("defender"));
    }

    [Fact]
    public void A_file_with_a_byte_order_mark_quoted_newlines_and_other_columns_is_imported()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("blocked.csv");
        File.WriteAllText(
            file,
            "\ufeffindicatorValue,INDICATORTYPE,action,title,description,expirationTime,rbacGroups,GenerateAlert,notes\r\n"
            + "a.example,DomainName,Block,\"One, \"\"two\"\"\",\"line 1\r\nline 2\",2030-01-01T00:00:00.0Z,,true,x\r\n"
            + "\r\n"
            + "b.example,DomainName,Allowed,T,D,,,,\r\n");
        var result = Engine.Invoke($"Import-MdeIndicator -TenantId $adatum {Who} -Path '{file}'").Succeeded();
        Assert.Equal(2, result.Output.Count);
        Assert.Contains(result.Warnings, warning => warning.Contains("notes", StringComparison.Ordinal));
        var first = Engine.Invoke($"Get-MdeIndicator $adatum {Who} -IndicatorValue a.example").Succeeded().Only;
        Assert.Equal("One, \"two\"", Of(first, "Title"));
        Assert.Equal("line 1\r\nline 2", Of(first, "Description"));
        Assert.Equal(true, first.Properties["GenerateAlert"].Value);
    }

    [Theory]
    [InlineData("indicatorValue,action\r\na.example,Block\r\n", "indicatorType")]
    [InlineData("", "empty")]
    [InlineData("\"open", "quote")]
    public void A_file_that_can_not_be_read_is_one_error_that_says_why(string text, string why)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("bad.csv");
        File.WriteAllText(file, text);
        var error = Engine.Invoke($"Import-MdeIndicator -TenantId $adatum {Who} -Path '{file}'").TerminatingError;
        Assert.StartsWith("MDE4017.IndicatorFileUnusable", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(why, error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal("defender"));
    }

    [Fact]
    public void A_file_of_100_MB_is_refused_after_its_first_rows_and_never_held()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("huge.csv");
        using (var writer = new StreamWriter(file))
        {
            writer.WriteLine("indicatorType,indicatorValue,action,title,description");
            var description = new string('x', 950);
            for (var row = 0; row < 105_000; row++)
            {
                writer.WriteLine($"DomainName,h{row}.example,Block,T,{description}");
            }
        }

        Assert.InRange(new FileInfo(file).Length, 100_000_000, long.MaxValue);
        var before = Environment.WorkingSet;
        var error = Engine.Invoke($"Import-MdeIndicator -TenantId $adatum {Who} -Path '{file}'").TerminatingError;
        Assert.StartsWith("MDE3014.CapacityExceeded", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 80_000_000);
        Assert.Empty(Emulator.Journal("defender"));
    }

    [Fact]
    public void Indicators_go_from_one_tenant_to_another()
    {
        var script = $"Get-MdeIndicator $fabrikam {Who} -First 5 | Import-MdeIndicator -TenantId $adatum {Who}";
        Assert.Equal(5, Engine.Invoke(script).Output.Count);
        var values = Engine.Invoke($"Get-MdeIndicator $adatum {Who}").Succeeded().Output.Select(item => Of(item, "IndicatorValue"));
        var from = Engine.Invoke($"Get-MdeIndicator $fabrikam {Who} -First 5").Succeeded().Output.Select(item => Of(item, "IndicatorValue"));
        Assert.Subset(from.ToHashSet(), values.ToHashSet());
    }

    [Fact]
    public void A_change_by_id_changes_what_is_named_and_nothing_else()
    {
        Emulator.SetIndicators(Fabrikam, """
            [{"id":"7","indicatorValue":"a.example","indicatorType":"DomainName","action":"Block","title":"T","description":"D",
              "severity":"High","recommendedActions":"R","createdBy":"someone"},
             {"id":"8","indicatorValue":"a.example","indicatorType":"DomainName","action":"Allowed","title":"T","description":"D"}]
            """);
        var result = Engine.Invoke($"Set-MdeIndicator $fabrikam {Who} -Id 7 -Title New -RecommendedActions ''").Succeeded().Only;
        Assert.Equal("Accepted", Of(result, "Status"));
        Assert.Contains("title: T -> New", (string[])result.Properties["ChangedProperties"].Value);
        var found = Engine.Invoke($"Get-MdeIndicator $fabrikam {Who} -Id 7").Succeeded().Only;
        Assert.Equal(("New", "High", "Block"), (Of(found, "Title"), Of(found, "Severity"), Of(found, "Action")));
        Assert.Null(found.Properties["RecommendedActions"].Value);
        var again = Engine.Invoke($"Set-MdeIndicator $fabrikam {Who} -Id 7 -Title New").Succeeded().Only;
        Assert.Equal("Skipped", Of(again, "Status"));
    }

    [Fact]
    public void An_action_that_changes_leaves_no_second_indicator()
    {
        Emulator.SetIndicators(Fabrikam, """
            [{"id":"7","indicatorValue":"a.example","indicatorType":"DomainName","action":"Block","title":"T","description":"D"}]
            """);
        Engine.Invoke($"Set-MdeIndicator $fabrikam {Who} -Id 7 -Action Warn").Succeeded();
        var found = Engine.Invoke($"Get-MdeIndicator $fabrikam {Who}").Succeeded().Only;
        Assert.Equal("Warn", Of(found, "Action"));
    }

    [Fact]
    public void An_id_that_is_not_there_is_told()
    {
        var error = Engine.Invoke($"Set-MdeIndicator $fabrikam {Who} -Id 424242 -Title T").OnlyError;
        Assert.StartsWith("MDE3015.IndicatorNotFound", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Removal_goes_in_batches_and_skips_what_is_gone()
    {
        var all = Engine.Invoke($"Get-MdeIndicator $fabrikam {Who} | Remove-MdeIndicator {Who}").Succeeded().Output;
        Assert.Equal(40, all.Count);
        Assert.All(all, result => Assert.Equal(("Remove", "Accepted"), (Of(result, "Change"), Of(result, "Status"))));
        Assert.Single(Emulator.Journal("defender"), request => request.Method == "POST");
        Assert.Empty(Engine.Invoke($"Get-MdeIndicator $fabrikam {Who}").Succeeded().Output);

        Emulator.SetIndicators(Fabrikam, Full(3));
        var some = Engine.Invoke($"Remove-MdeIndicator $fabrikam {Who} -Id 1, 2, 99, x").Output;
        Assert.Equal(["Accepted", "Accepted", "Refused", "Skipped"], some.Select(result => Of(result, "Status")).Order());
        Assert.Equal("3", Of(Engine.Invoke($"Get-MdeIndicator $fabrikam {Who}").Succeeded().Only, "Id"));
    }

    [Fact]
    public void A_removal_whose_answer_is_lost_is_settled_by_the_list()
    {
        Emulator.AddFault("""{"target":"indicatorWrites","kind":"resetAfter"}""");
        var all = Engine.Invoke($"Get-MdeIndicator $fabrikam {Who} | Remove-MdeIndicator {Who}").Succeeded().Output;
        Assert.All(all, result => Assert.Equal("Accepted", Of(result, "Status")));
        Assert.Single(Emulator.Journal("defender"), request => request.Method == "POST");
    }

    [Fact]
    public void With_Ti_ReadWrite_alone_a_warning_says_that_the_list_is_a_part()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"New","indicators":50,"roles":["Ti.ReadWrite"]}""");
        var result = Engine.Invoke($"Get-MdeIndicator $unknown {Who}").Succeeded();
        Assert.InRange(result.Output.Count, 0, 49);
        Assert.Contains("Ti.ReadWrite.All", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_can_be_imported_again()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("all.csv");
        var files = Engine.Invoke($"Get-MdeIndicator $contoso {Who} -First 1200 | Export-MdeIndicator -Path '{file}'").Succeeded().Output;
        Assert.Equal(["all-1.csv", "all-2.csv", "all-3.csv"], files.Select(item => ((FileInfo)item.BaseObject).Name));
        Assert.Equal(501, File.ReadAllText(folder.File("all-1.csv")).Split("\r\n").Count(line => line.Contains(',', StringComparison.Ordinal)));
        var json = folder.File("all.json");
        Engine.Invoke($"Export-MdeIndicator $fabrikam {Who} -Path '{json}'").Succeeded();
        var results = Engine.Invoke($"Import-MdeIndicator -TenantId $adatum {Who} -Path '{json}'").Output;
        Assert.Equal(40, results.Count);
        var again = Engine.Invoke($"Export-MdeIndicator $fabrikam {Who} -Path '{json}' -NoClobber").OnlyError;
        Assert.StartsWith("MDE4017", again.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_of_many_tenants_is_a_file_each_in_the_folder_that_was_named()
    {
        using var folder = new TemporaryFolder();
        var script = $$"""
            & {
                Get-MdeIndicator $contoso, $fabrikam {{Who}} -First 2
                [pscustomobject]@{ TenantId = '../..\elsewhere'; indicatorType = 'DomainName'; indicatorValue = 'a.example'; action = 'Block'; title = 'T'; description = 'D' }
            } | Export-MdeIndicator -Path '{{folder.File("all.csv")}}'
            """;
        var files = Engine.Invoke(script).Succeeded().Output.Select(item => ((FileInfo)item.BaseObject).FullName);
        var expected = new[] { $"all-{Contoso}.csv", $"all-{Fabrikam}.csv", "all-.._.._elsewhere.csv" }.Select(folder.File);
        Assert.Equal(expected.Order(), files.Order());
    }

    [Fact]
    public void A_search_is_asked_of_Defender_where_it_can_be()
    {
        var script = $"Get-MdeIndicator $contoso {Who} -IndicatorType Url, DomainName -Action Block -ExpiresAfter 2020-01-01";
        var found = Engine.Invoke(script).Succeeded().Output;
        Assert.NotEmpty(found);
        Assert.All(found, item => Assert.Equal("Block", Of(item, "Action")));
        Assert.Contains("action eq 'Block'", Emulator.Journal("defender")[0].QueryValue("$filter"), StringComparison.Ordinal);
        var all = Engine.Invoke($"Get-MdeIndicator $contoso {Who} -NeverExpires -First 3").Succeeded().Output;
        Assert.Equal(3, all.Count);
        Assert.All(all, item => Assert.Null(item.Properties["ExpirationTime"].Value));
        Emulator.SetIndicators(Fabrikam, Full(3, "same.example"));
        Assert.Equal(3, Engine.Invoke($"Get-MdeIndicator $fabrikam {Who} -Duplicate").Succeeded().Output.Count);
    }

    private static string Rows(int count) =>
        $"(1..{count} | & {{ process {{ @{{ indicatorType = 'DomainName'; indicatorValue = \"h$_.example\"; action = 'Block'; title = 'T'; description = 'D' }} }} }})";

    private static string Full(int count, string? value = null) => "[" + string.Join(',', Enumerable.Range(1, count).Select(number =>
        $$"""{"id":"{{number}}","indicatorValue":"{{value ?? $"f{number}.example"}}","indicatorType":"DomainName","action":"Block","title":"T","description":"D"}""")) + "]";

    private static string Of(PSObject item, string property) => item.Properties[property]?.Value as string ?? string.Empty;
}
