using System.Management.Automation;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>Sync and Compare: the plan, the difference that is sent, and what is never touched.</summary>
public sealed class SyncTests : ModuleTest
{
    private const string Who = "-ClientId $client -ManagedIdentityClientId $identity";
    private const string Wanted = """
        $wanted = 'keep', 'change', 'add' | & { process {
            @{ indicatorType = 'DomainName'; indicatorValue = "$_.example"; action = 'Block'; title = 'Feed'; description = 'D' }
        } }
        """;

    private static readonly string There = $"[{string.Join(',', [
        Row(1, "keep.example", "Block", "Feed", "feed:1"),
        Row(2, "change.example", "Block", "Old", "feed:2"),
        Row(3, "gone.example", "Block", "Feed", "feed:3"),
        Row(4, "theirs.example", "Block", "Theirs", "other:1"),
    ])}]";

    [Fact]
    public void WhatIf_tells_the_plan_and_sends_nothing()
    {
        Emulator.SetIndicators(Fabrikam, There);
        var plan = Engine.Invoke($"{Wanted}; $wanted | Sync-MdeIndicator -TenantId $fabrikam, $adatum {Who} -ExternalIdPrefix feed: -WhatIf").Succeeded();
        Assert.Equal(
            ["Add add.example Planned", "Change change.example Planned", "Foreign  Skipped", "Keep keep.example Skipped", "Remove gone.example Planned"],
            Lines(plan.Output, Fabrikam));
        Assert.Equal(
            ["Add add.example Planned", "Add change.example Planned", "Add keep.example Planned"],
            Lines(plan.Output, Adatum));
        var change = Assert.Single(plan.Output, item => Of(item, "Change") == "Change");
        Assert.Equal(["title: Old -> Feed"], (string[])change.Properties["ChangedProperties"].Value);
        Assert.DoesNotContain(Emulator.Journal("defender"), request => request.Method != "GET");
    }

    [Fact]
    public void Only_the_difference_is_sent_and_a_second_run_has_nothing_to_do()
    {
        Emulator.SetIndicators(Fabrikam, There);
        var results = Engine.Invoke($"{Wanted}; $wanted | Sync-MdeIndicator -TenantId $fabrikam {Who} -ExternalIdPrefix feed:").Succeeded();
        Assert.Equal(
            ["Add add.example Accepted", "Change change.example Accepted", "Remove gone.example Accepted"],
            Lines(results.Output, Fabrikam));
        Assert.Equal(["DELETE", "POST"], Emulator.Journal("defender").Select(request => request.Method).Where(method => method != "GET").Order());
        var now = Engine.Invoke($"Get-MdeIndicator $fabrikam {Who}").Succeeded().Output;
        Assert.Equal(
            ["add.example Feed", "change.example Feed", "keep.example Feed", "theirs.example Theirs"],
            now.Select(item => $"{Of(item, "IndicatorValue")} {Of(item, "Title")}").Order());
        var added = Assert.Single(now, item => Of(item, "IndicatorValue") == "add.example");
        Assert.StartsWith("feed:", Of(added, "ExternalId"), StringComparison.Ordinal);

        Emulator.ClearJournal();
        Assert.Empty(Engine.Invoke($"$wanted | Sync-MdeIndicator -TenantId $fabrikam {Who} -ExternalIdPrefix feed:").Succeeded().Output);
        Assert.All(Emulator.Journal("defender"), request => Assert.Equal("GET", request.Method));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("resetAfter")]
    [InlineData("truncate")]
    public void A_sync_whose_connection_is_cut_ends_where_it_should(string fault)
    {
        Emulator.SetIndicators(Fabrikam, There);
        Emulator.AddFault($$"""{"target":"indicatorWrites","kind":"{{fault}}","skip":1}""");
        Engine.Invoke($"{Wanted}; $wanted | Sync-MdeIndicator -TenantId $fabrikam {Who} -ExternalIdPrefix feed:").Succeeded();
        var values = Engine.Invoke($"Get-MdeIndicator $fabrikam {Who}").Succeeded().Output.Select(item => Of(item, "IndicatorValue")).Order();
        Assert.Equal(["add.example", "change.example", "keep.example", "theirs.example"], values);
    }

    [Fact]
    public void Without_a_prefix_what_the_application_created_is_its_own()
    {
        Engine.Invoke($"New-MdeIndicator $adatum {Who} -IndicatorType DomainName -IndicatorValue mine.example -Action Block -Title T").Succeeded();
        var plan = Engine.Invoke($"{Wanted}; $wanted | Sync-MdeIndicator -TenantId $adatum {Who} -WhatIf").Succeeded();
        Assert.Contains("Remove mine.example Planned", Lines(plan.Output, Adatum));
    }

    [Fact]
    public void A_wanted_one_that_collides_with_a_foreign_one_is_a_conflict_and_nothing_of_it_is_touched()
    {
        Emulator.SetIndicators(Fabrikam, There);
        const string Theirs = "@{ indicatorType = 'DomainName'; indicatorValue = 'THEIRS.example'; action = 'Warn'; title = 'X'; description = 'D' }";
        var result = Engine.Invoke($"{Wanted}; @($wanted; {Theirs}) | Sync-MdeIndicator -TenantId $fabrikam {Who} -ExternalIdPrefix feed:");
        Assert.Contains("Conflict THEIRS.example Refused", Lines(result.Output, Fabrikam));
        Assert.StartsWith("MDE3013.IndicatorsRefused", result.OnlyError.FullyQualifiedErrorId, StringComparison.Ordinal);
        var theirs = Engine.Invoke($"Get-MdeIndicator $fabrikam {Who} -IndicatorValue theirs.example").Succeeded().Only;
        Assert.Equal("Block", Of(theirs, "Action"));
    }

    [Fact]
    public void A_wanted_one_that_can_not_be_sent_stops_everything_before_any_call()
    {
        Emulator.SetIndicators(Fabrikam, There);
        var result = Engine.Invoke($"{Wanted}; @($wanted; @{{ indicatorValue = 'x' }}) | Sync-MdeIndicator -TenantId $fabrikam {Who} -ExternalIdPrefix feed:");
        Assert.StartsWith("MDE4018.IndicatorInvalid", result.TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(result.Errors, error => error.ToString().Contains("row 4", StringComparison.Ordinal));
        Assert.Empty(Emulator.Journal("defender"));
    }

    [Fact]
    public void An_empty_file_does_not_remove_everything_unless_that_is_meant()
    {
        Emulator.SetIndicators(Fabrikam, There);
        using var folder = new TemporaryFolder();
        var file = folder.File("wanted.json");
        File.WriteAllText(file, "[]");
        var sync = $"Sync-MdeIndicator -TenantId $fabrikam {Who} -ExternalIdPrefix feed: -Path '{file}'";
        var error = Engine.Invoke(sync).TerminatingError;
        Assert.Contains("-AllowEmpty", error.ToString(), StringComparison.Ordinal);
        Engine.Invoke($"{sync} -AllowEmpty").Succeeded();
        Assert.Equal("theirs.example", Of(Engine.Invoke($"Get-MdeIndicator $fabrikam {Who}").Succeeded().Only, "IndicatorValue"));
    }

    [Fact]
    public void A_tenant_that_would_be_too_full_is_refused_before_anything_is_sent_and_the_others_go_on()
    {
        var full = string.Join(',', Enumerable.Range(1, 14_998).Select(number => Row(number, $"f{number}.example", "Block", "T", "other:x")));
        Emulator.SetIndicators(Fabrikam, $"[{full}]");
        var result = Engine.Invoke($"{Wanted}; $wanted | Sync-MdeIndicator -TenantId $fabrikam, $adatum {Who} -ExternalIdPrefix feed:");
        Assert.StartsWith("MDE3014.CapacityExceeded", result.OnlyError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(Fabrikam, result.OnlyError.TargetObject);
        Assert.Equal(3, Lines(result.Output, Adatum).Count(line => line.EndsWith("Accepted", StringComparison.Ordinal)));
        Assert.Single(Emulator.Journal("defender"), request => request.Method == "POST");
    }

    [Fact]
    public void Compare_tells_who_has_what_and_where_it_drifted()
    {
        Emulator.SetIndicators(Contoso, $"[{Row(1, "same.example", "Block", "T", "")},{Row(2, "drift.example", "Block", "T", "")}]");
        Emulator.SetIndicators(Fabrikam, $"[{Row(7, "SAME.example", "Block", "T", "")},{Row(8, "drift.example", "Warn", "T", "")},{Row(9, "only.example", "Block", "T", "")}]");
        Emulator.SetIndicators(Adatum, $"[{Row(1, "same.example", "Block", "T", "")},{Row(2, "drift.example", "Block", "T", "")}]");
        var rows = Engine.Invoke($"Compare-MdeIndicator $all {Who}").Succeeded().Output;
        Assert.Equal(["drift.example", "only.example"], rows.Select(row => Of(row, "IndicatorValue")));
        Assert.Equal([$"action: Block in {Contoso}, {Adatum}; Warn in {Fabrikam}"], Normal((string[])rows[0].Properties["Differences"].Value));
        Assert.Equal([Fabrikam], (string[])rows[1].Properties["PresentIn"].Value);
        Assert.Equal(new[] { Contoso, Adatum }.Order(), ((string[])rows[1].Properties["MissingIn"].Value).Order());
        Assert.Equal(3, Engine.Invoke($"Compare-MdeIndicator $all {Who} -IncludeEqual").Succeeded().Output.Count);
        var partly = Engine.Invoke($"Compare-MdeIndicator $contoso, $unknown, $adatum {Who}");
        Assert.Empty(partly.Output);
        Assert.Equal(Unknown, partly.OnlyError.TargetObject);
    }

    // Tenants are listed as they come.
    private string[] Normal(string[] differences) =>
        [.. differences.Select(line => line.Replace($"{Adatum}, {Contoso}", $"{Contoso}, {Adatum}", StringComparison.Ordinal))];

    private static string Row(int id, string value, string action, string title, string externalId) =>
        $$"""{"id":"{{id}}","indicatorValue":"{{value}}","indicatorType":"DomainName","action":"{{action}}","title":"{{title}}","description":"D","externalId":"{{externalId}}"}""";

    private static IEnumerable<string> Lines(IEnumerable<PSObject> results, string tenant) => results
        .Where(item => Of(item, "TenantId") == tenant)
        .Select(item => $"{Of(item, "Change")} {Of(item, "IndicatorValue")} {Of(item, "Status")}")
        .Order(StringComparer.Ordinal);

    private static string Of(PSObject item, string property) => item.Properties[property]?.Value as string ?? string.Empty;
}
