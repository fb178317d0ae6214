using System.Net;

namespace MdeFic.PowerShell.Tests;

/// <summary>Every host that gives a managed identity's token, found by itself or named with -IdentitySource.</summary>
public sealed class IdentityHostTests : ModuleTest
{
    private const string Get = "Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity";

    [Theory]
    [InlineData("appService", "AppService")]
    [InlineData("appServiceLegacy", "AppServiceLegacy")]
    [InlineData("automation", "AzureAutomation")]
    [InlineData("imds", "Imds")]
    [InlineData("machineLearning", "AzureMachineLearning")]
    public void The_host_is_found_by_its_variables(string host, string source)
    {
        Variables.Replace(Emulator.EnvironmentOf(host));
        var token = Engine.Invoke(Get).Succeeded().Only;
        Assert.Equal(source, token.Properties["Source"].Value);
        Assert.Single(Emulator.Journal("identity"));
    }

    [Theory]
    [InlineData("appService", "AppService")]
    [InlineData("appServiceLegacy", "AppServiceLegacy")]
    [InlineData("automation", "AzureAutomation")]
    [InlineData("imds", "Imds")]
    public void The_source_can_be_forced(string host, string source)
    {
        // Two hosts' variables at once, so that detection alone could choose either.
        var variables = Emulator.EnvironmentOf("appService");
        foreach (var (name, value) in Emulator.EnvironmentOf(host))
        {
            variables[name] = value;
        }

        Variables.Replace(variables);
        var token = Engine.Invoke($"{Get} -IdentitySource {source}").Succeeded().Only;
        Assert.Equal(source, token.Properties["Source"].Value);
        var lower = Engine.Invoke($"{Get} -IdentitySource {source.ToLowerInvariant()}").Succeeded().Only;
        Assert.Equal(source, lower.Properties["Source"].Value);
    }

    [Theory]
    [InlineData("serviceFabric", "ServiceFabric", "")]
    [InlineData("gitHubActions", "GitHubActions", "")]
    [InlineData("azurePipelines", "AzurePipelines", "-ServiceConnectionId $connection")]
    [InlineData("kubernetes", "Kubernetes", "")]
    public void Hosts_whose_identity_needs_no_choice_are_found_too(string host, string source, string parameters)
    {
        Engine.Set("connection", Emulator.Address.ServiceConnectionId);
        Variables.Replace(Emulator.EnvironmentOf(host));
        var token = Engine.Invoke($"Get-MdeFicToken $fabrikam $client {parameters}").Succeeded().Only;
        Assert.Equal(source, token.Properties["Source"].Value);
        var trust = Engine.Invoke($"Test-MdeFicTrust $fabrikam $client {parameters}").Succeeded().Output;
        Assert.All(trust, finding => Assert.NotEqual("Failed", finding.Properties["Status"].Value));
    }

    [Fact]
    public void What_Cloud_Shell_gives_is_a_persons_token_and_the_remedy_says_so()
    {
        Variables.Replace(Emulator.EnvironmentOf("cloudShell"));
        var error = Engine.Invoke("Get-MdeFicToken $fabrikam $client").OnlyError;
        Assert.StartsWith("MDE2005.AssertionKindRefused,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("signed-in person", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_is_the_same_as_nothing() =>
        Assert.Equal("AppService", Engine.Invoke($"{Get} -IdentitySource Auto").Succeeded().Only.Properties["Source"].Value);

    [Fact]
    public void An_assertion_can_be_handed_in()
    {
        // The secret is a SecureString on its way in, too, and no endpoint of this host is asked.
        Engine.Set("assertion", new NetworkCredential(string.Empty, Emulator.SignAssertion(TimeSpan.FromMinutes(10))).SecurePassword);
        var token = Engine.Invoke("Get-MdeFicToken $fabrikam $client -Assertion $assertion").Succeeded().Only;
        Assert.Equal("Assertion", token.Properties["Source"].Value);
        Assert.Empty(Emulator.Journal("identity"));
        var late = new NetworkCredential(string.Empty, Emulator.SignAssertion(TimeSpan.FromMinutes(-10))).SecurePassword;
        var result = Engine.Invoke("Get-MdeFicToken $contoso $client -Assertion $late", ("late", late));
        Assert.StartsWith("MDE1", result.TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_a_projected_token_is_found_and_read_again()
    {
        var file = Path.Combine(Path.GetTempPath(), $"mdefic-test-{Guid.NewGuid():N}");
        try
        {
            File.WriteAllText(file, Emulator.SignAssertion(TimeSpan.FromMinutes(10)));
            Variables.Clear();
            Variables.Set("AZURE_AUTHORITY_HOST", Emulator.Address.Authority);
            Variables.Set("AZURE_FEDERATED_TOKEN_FILE", file);
            var token = Engine.Invoke("Get-MdeFicToken $fabrikam $client").Succeeded().Only;
            Assert.Equal("Kubernetes", token.Properties["Source"].Value);
            File.WriteAllText(file, "MDEFICCANARY is no token");
            var error = Engine.Invoke("Get-MdeFicToken $contoso $client").TerminatingError;
            Assert.StartsWith("MDE1013.", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void An_unknown_source_is_refused_before_any_request()
    {
        var error = Engine.Invoke($"{Get} -IdentitySource Nowhere").TerminatingError;
        Assert.StartsWith("MDE4009.IdentitySourceUnknown,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal());
    }

    [Fact]
    public void The_identity_is_selected_by_each_of_its_ids()
    {
        Engine.Set("object", Emulator.Address.ManagedIdentityObjectId);
        Engine.Set("resource", Emulator.Address.ManagedIdentityResourceId);
        Engine.Invoke("Get-MdeFicToken $contoso $client -ManagedIdentityClientId $identity").Succeeded();
        Engine.Invoke("Get-MdeFicToken $contoso $client -UserAssignedIdentity $identity").Succeeded();
        Engine.Invoke("Get-MdeFicToken $contoso $client -ManagedIdentityObjectId $object").Succeeded();
        Engine.Invoke("Get-MdeFicToken $contoso $client -ManagedIdentityResourceId $resource").Succeeded();
        var asked = Emulator.Journal("identity").SelectMany(entry => entry.Query.Select(pair => pair[1])).ToList();
        Assert.Contains(Emulator.Address.ManagedIdentityClientId, asked);
        Assert.Contains(Emulator.Address.ManagedIdentityObjectId, asked);
        Assert.Contains(Emulator.Address.ManagedIdentityResourceId, asked);
        Assert.Equal(3, Emulator.Journal("identity").Count);
    }

    [Fact]
    public void Two_selectors_are_refused_before_any_request()
    {
        var error = Engine.Invoke($"{Get} -ManagedIdentityObjectId $identity").TerminatingError;
        Assert.StartsWith("MDE4", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal());
    }

    [Fact]
    public void An_empty_selector_means_none()
    {
        // A runbook passes a variable that nobody has filled in.
        var error = Engine.Invoke("Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId ''");
        Assert.Empty(error.Output);
        var asked = Assert.Single(Emulator.Journal("identity"));
        Assert.Null(asked.QueryValue("client_id"));
    }

    [Fact]
    public void The_exchange_audience_is_passed_on_as_a_resource()
    {
        Engine.Invoke($"{Get} -MsiScope api://AzureADTokenExchange/.default").Succeeded();
        Assert.Equal("api://AzureADTokenExchange", Assert.Single(Emulator.Journal("identity")).QueryValue("resource"));
        // App Service only fails at a wrong audience; virtual machines say so.
        Variables.Replace(Emulator.EnvironmentOf("imds"));
        var error = Engine.Invoke($"{Get} -ExchangeAudience api://Another").TerminatingError;
        Assert.StartsWith("MDE1009.IdentityResourceRefused,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("api://Another", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }
}
