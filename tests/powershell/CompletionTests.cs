using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace MdeFic.PowerShell.Tests;

/// <summary>What the Tab key offers.</summary>
public sealed class CompletionTests : ModuleTest
{
    // New kinds of hosts may be added; these are in people's scripts.
    private static readonly string[] Sources =
        ["Auto", "AppService", "AppServiceLegacy", "AzureAutomation", "AzureArc", "Imds", "Kubernetes", "Assertion"];

    [Theory]
    [InlineData("Get-MdeFicToken")]
    [InlineData("Get-MdeIndicator")]
    public void Identity_sources_are_offered(string command) =>
        Assert.Superset(Sources.ToHashSet(), Complete($"{command} -IdentitySource ").ToHashSet());

    [Fact]
    public void Typed_letters_narrow_the_offer()
    {
        Assert.Equal(["AppService", "AppServiceLegacy"], Complete("Get-MdeIndicator -IdentitySource app").Order());
        Assert.Equal(["Imds"], Complete("Get-MdeIndicator -IdentitySource 'im"));
        Assert.Empty(Complete("Get-MdeIndicator -IdentitySource nowhere"));
    }

    [Fact]
    public void Clouds_are_offered() => Assert.Contains("USGov", Complete("Get-MdeIndicator -Cloud "));

    [Fact]
    public void Completion_asks_nobody()
    {
        Assert.NotEmpty(Complete("Get-MdeFicToken $fabrikam $client -IdentitySource "));
        Assert.Empty(Emulator.Journal());
    }

    [Theory]
    [InlineData("Get-MdeFicToken -Tenant", "-TenantId")]
    [InlineData("Get-MdeIndicator -Fi", "-Filter")]
    public void Parameters_are_offered(string input, string expected) => Assert.Contains(expected, Complete(input));

    private List<string> Complete(string input)
    {
        // The engine completes in the default runspace of the thread.
        var before = Runspace.DefaultRunspace;
        Runspace.DefaultRunspace = Engine.Runspace;
        try
        {
            using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
            var completion = CommandCompletion.CompleteInput(input, input.Length, null, shell);
            return [.. completion.CompletionMatches
                .Where(match => match.ResultType is CompletionResultType.ParameterValue or CompletionResultType.ParameterName
                    or CompletionResultType.Text)
                .Select(match => match.CompletionText.Trim('\''))];
        }
        finally
        {
            Runspace.DefaultRunspace = before;
        }
    }
}
