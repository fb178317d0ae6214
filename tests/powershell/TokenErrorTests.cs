using System.Diagnostics;
using System.Management.Automation;

namespace MdeFic.PowerShell.Tests;

/// <summary>What a person sees when no token can be had: code, category, what to do, ids; and whether the script goes on.</summary>
public sealed class TokenErrorTests : ModuleTest
{
    private const string Get = "Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity";
    private const string Stranger = "00000000-0000-4000-8000-00000000dead";

    [Fact]
    public void An_identity_that_is_not_assigned_ends_the_call()
    {
        // Virtual machines say what is wrong; App Service only fails, and is asked again before it is believed.
        Variables.Replace(Emulator.EnvironmentOf("imds"));
        var error = Engine.Invoke($"Get-MdeFicToken $all $client -ManagedIdentityClientId {Stranger}").TerminatingError;
        Check(error, "MDE1003.IdentityNotAssigned,", ErrorCategory.AuthenticationError, Stranger);
        Assert.Equal(400, PropertyOf(error, "HttpStatus"));
        // It concerns all tenants, so it is told once and Entra isn't asked at all.
        Assert.Empty(Emulator.Journal("authority"));
    }

    [Theory]
    [InlineData("appService", "MDE1005.IdentityEndpointFailed,", ErrorCategory.ResourceUnavailable, Stranger)]
    [InlineData("automation", "MDE1011.AutomationIdentityNotEnabled,", ErrorCategory.AuthenticationError, "Automation account")]
    public void An_identity_that_is_not_assigned_is_told_as_its_host_knows_it(
        string host, string code, ErrorCategory category, string remedyNames)
    {
        Variables.Replace(Emulator.EnvironmentOf(host));
        var error = Engine.Invoke($"Get-MdeFicToken $all $client -ManagedIdentityClientId {Stranger}").TerminatingError;
        Check(error, code, category, remedyNames);
        Assert.Empty(Emulator.Journal("authority"));
    }

    [Fact]
    public void Automation_without_an_endpoint_is_told_at_once()
    {
        Variables.Clear();
        Variables.Set("AZUREPS_HOST_ENVIRONMENT", "AzureAutomation/1.0");
        var watch = Stopwatch.StartNew();
        var error = Engine.Invoke(Get).TerminatingError;
        Check(error, "MDE1001.NoIdentitySource,", ErrorCategory.ObjectNotFound, "IDENTITY_ENDPOINT");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void An_endpoint_where_nobody_listens_names_its_host()
    {
        // Port 9 (discard) is not served anywhere near a test.
        Variables.Set("IDENTITY_ENDPOINT", "http://127.0.0.1:9/msi/token");
        var error = Engine.Invoke(Get).TerminatingError;
        Check(error, "MDE1002.IdentityEndpointUnreachable,", ErrorCategory.ConnectionError, "127.0.0.1:9");
        Assert.Equal(true, PropertyOf(error, "IsTransient"));
    }

    [Fact]
    public void A_system_assigned_identity_is_not_accepted_and_the_remedy_names_the_subject()
    {
        var error = Engine.Invoke("Get-MdeFicToken $fabrikam $client").OnlyError;
        Check(error, "MDE2002.FederatedSubjectMismatch,", ErrorCategory.AuthenticationError, Emulator.Address.ClientId);
        // The system-assigned identity's principal id: what stands in the assertion.
        Assert.Contains("81726354-a9b8-4c7d-8e6f-5a4b3c2d1e14", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(700213u, PropertyOf(error, "EntraErrorCode"));
    }

    [Fact]
    public void A_missing_federated_credential_names_all_that_it_needs()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"Forced","forceError":70025}""");
        var result = Engine.Invoke("Get-MdeFicToken $unknown $client -ManagedIdentityClientId $identity");
        var error = result.Terminating ?? result.OnlyError;
        Check(error, "MDE2004.NoFederatedCredential,", ErrorCategory.AuthenticationError, Emulator.Address.ClientId);
        Assert.Contains(Emulator.Address.ManagedIdentityObjectId, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("api://AzureADTokenExchange", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains($"{Emulator.Address.HomeTenantId}/v2.0", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(70025u, PropertyOf(error, "EntraErrorCode"));
    }

    [Fact]
    public void A_tenant_without_consent_gets_the_link_and_the_others_get_their_tokens()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"New","application":"notConsented"}""");
        var result = Engine.Invoke("Get-MdeFicToken $unknown, $fabrikam $client -ManagedIdentityClientId $identity");
        Assert.Equal(Fabrikam, result.Only.Properties["TenantId"].Value);
        var error = result.OnlyError;
        Check(error, "MDE2009.ConsentMissing,", ErrorCategory.PermissionDenied, Unknown);
        Assert.Contains(ConsentPath, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(7000229u, PropertyOf(error, "EntraErrorCode"));
        Assert.Equal(401, PropertyOf(error, "HttpStatus"));
        Assert.Equal(Unknown, error.TargetObject);
        Assert.True(Guid.TryParse((string?)PropertyOf(error, "CorrelationId"), out _));
        Assert.True(Guid.TryParse((string?)PropertyOf(error, "TraceId"), out _));
        Assert.Equal("MDE2009.ConsentMissing", PropertyOf(error, "Code"));
        Assert.Equal(false, PropertyOf(error, "IsTransient"));
    }

    [Theory]
    [InlineData("unknown", "MDE2008.ApplicationNotFound,", ErrorCategory.ObjectNotFound)]
    [InlineData("disabled", "MDE2010.ApplicationDisabled,", ErrorCategory.PermissionDenied)]
    public void What_the_application_is_in_the_tenant_decides_the_code(string state, string code, ErrorCategory category)
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"Odd","application":"{{state}}"}""");
        var error = Engine.Invoke("Get-MdeFicToken $unknown $client -ManagedIdentityClientId $identity").OnlyError;
        Check(error, code, category, Emulator.Address.ClientId);
    }

    [Fact]
    public void A_tenant_without_Defender_is_told()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"None","defender":"noServicePrincipal"}""");
        var error = Engine.Invoke("Get-MdeFicToken $unknown $client -ManagedIdentityClientId $identity").OnlyError;
        Check(error, "MDE2012.ResourceNotInTenant,", ErrorCategory.ObjectNotFound, Unknown);
    }

    [Fact]
    public void A_token_of_another_tenant_is_dropped()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"Mixed","tokenTenant":"{{Contoso}}"}""");
        var result = Engine.Invoke("Get-MdeFicToken $unknown $client -ManagedIdentityClientId $identity");
        Assert.Empty(result.Output);
        Check(result.Terminating ?? result.OnlyError, "MDE2019.TenantMismatch,", ErrorCategory.SecurityError, "127.0.0.1");
    }

    [Theory]
    [InlineData("not-a-guid")]
    [InlineData("d0c1b2a3")]
    public void A_malformed_client_id_ends_the_call_before_any_request(string client)
    {
        var error = Engine.Invoke("Get-MdeFicToken $all $wrong", ("wrong", client)).TerminatingError;
        Check(error, "MDE4", ErrorCategory.InvalidArgument, null);
        Assert.Contains(client, error.Exception.Message, StringComparison.Ordinal);
        Assert.Empty(Emulator.Journal());
    }

    [Theory]
    [InlineData("http://login.example.com", "MDE4008.UrlInsecure,", ErrorCategory.SecurityError)]
    [InlineData("not a url", "MDE4007.UrlInvalid,", ErrorCategory.InvalidArgument)]
    public void An_authority_that_is_not_safe_is_refused_before_any_request(
        string authority, string code, ErrorCategory category)
    {
        Variables.Set("AZURE_AUTHORITY_HOST", authority);
        Check(Engine.Invoke(Get).TerminatingError, code, category, null);
        Assert.Empty(Emulator.Journal());
    }

    [Fact]
    public void Throttling_says_how_long_to_wait()
    {
        Emulator.AddFault("""{"target":"token","kind":"status","status":429,"retryAfter":{"seconds":1800},"times":9}""");
        var result = Engine.Invoke(Get);
        var error = result.Terminating ?? result.OnlyError;
        Check(error, "MDE2017.EntraThrottled,", ErrorCategory.LimitsExceeded, null);
        Assert.Equal(TimeSpan.FromMinutes(30), PropertyOf(error, "RetryAfter"));
        Assert.Equal(true, PropertyOf(error, "IsTransient"));
        Assert.InRange(result.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void ErrorAction_decides_as_everywhere_in_PowerShell()
    {
        const string Command = "Get-MdeFicToken $unknown $client -ManagedIdentityClientId $identity";
        Assert.Single(Engine.Invoke($"{Command} -ErrorAction Continue").Errors);
        var silent = Engine.Invoke($"{Command} -ErrorAction Ignore; 'goes on'");
        Assert.Empty(silent.Errors);
        Assert.Equal("goes on", silent.Only.BaseObject);
        var stop = Engine.Invoke($"{Command} -ErrorAction Stop; 'never'");
        Assert.Empty(stop.Output);
        Assert.StartsWith("MDE2011.TenantNotFound,", stop.TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        var kept = Engine.Invoke($"{Command} -ErrorVariable failed -ErrorAction SilentlyContinue; $failed[0].Exception.Code");
        Assert.Equal("MDE2011.TenantNotFound", kept.Only.BaseObject);
    }

    [Fact]
    public void The_error_view_shows_the_message_and_what_to_do()
    {
        var shown = Engine.Show("Get-MdeFicToken $unknown $client -ManagedIdentityClientId $identity");
        Assert.Contains("MDE2011", shown, StringComparison.Ordinal);
        Assert.Contains("AADSTS90002", shown, StringComparison.Ordinal);
        Assert.Contains("Recommendation:", shown, StringComparison.Ordinal);
        Assert.Contains("correlation id", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_entra_gives_twice_is_told_once()
    {
        var error = Engine.Invoke("Get-MdeFicToken $unknown $client -ManagedIdentityClientId $identity").OnlyError;
        var trace = Assert.IsType<string>(PropertyOf(error, "TraceId"));
        Assert.Equal(trace, PropertyOf(error, "RequestId"));
        Assert.Equal(2, error.Exception.Message.Split(trace).Length);
    }

    private static void Check(ErrorRecord error, string code, ErrorCategory category, string? remedyNames)
    {
        Assert.StartsWith(code, error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.EndsWith("Command", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.NotEqual(string.Empty, error.ErrorDetails.RecommendedAction);
        Assert.DoesNotContain("{", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.StartsWith("MDE", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(error.ErrorDetails.RecommendedAction, PropertyOf(error, "Remedy"));
        if (remedyNames is not null)
        {
            Assert.Contains(remedyNames, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        }
    }

    private static object? PropertyOf(ErrorRecord error, string name)
    {
        Assert.Equal("MdeFic.Errors.MdeFicException", error.Exception.GetType().FullName);
        return PSObject.AsPSObject(error.Exception).Properties[name]?.Value;
    }
}
