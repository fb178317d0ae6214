using System.Management.Automation;

namespace MdeFic.PowerShell.Tests;

/// <summary>What goes wrong between the module and Defender: mended, or told without losing what has come.</summary>
public sealed class IndicatorErrorTests : ModuleTest
{
    private const string Get = "Get-MdeIndicator -ClientId $client -ManagedIdentityClientId $identity -TenantId";

    [Fact]
    public void An_expired_token_in_the_middle_of_a_list_is_replaced()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"expired","skip":1}""");
        Assert.Equal(12_500, Engine.Invoke($"{Get} $contoso").Succeeded().Output.Count);
        Assert.Equal(2, Emulator.Journal("authority").Count);
        Assert.Equal(3, Emulator.Journal("defender").Count);
    }

    [Fact]
    public void A_revoked_token_in_memory_is_replaced()
    {
        Engine.Invoke($"{Get} $fabrikam").Succeeded();
        Emulator.Revoke(Fabrikam);
        Assert.Equal(40, Engine.Invoke($"{Get} $fabrikam").Succeeded().Output.Count);
        Assert.Equal(2, Emulator.Journal("authority").Count);
    }

    [Fact]
    public void Transient_failures_are_mended_and_said_in_the_verbose_stream()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"status","status":503,"retryAfter":{"seconds":0}}""");
        Emulator.AddFault("""{"target":"indicators","kind":"reset"}""");
        var result = Engine.Invoke($"{Get} $fabrikam").Succeeded();
        Assert.Equal(40, result.Output.Count);
        Assert.Empty(result.Warnings);
        Assert.Contains(result.Verbose, line => line.Contains("try 2 follows", StringComparison.Ordinal));
    }

    [Fact]
    public void A_refused_token_is_told_after_one_new_one()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"status","status":401,"times":9}""");
        var result = Engine.Invoke($"{Get} $fabrikam");
        Assert.Empty(result.Output);
        Check(result.OnlyError, "MDE3001.DefenderUnauthorized,", ErrorCategory.AuthenticationError, 401);
        Assert.Equal(2, Emulator.Journal("authority").Count);
    }

    [Fact]
    public void A_missing_permission_names_the_role_and_the_consent_link()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"Other","roles":["Machine.Read.All"],"indicators":3}""");
        var error = Engine.Invoke($"{Get} $unknown").OnlyError;
        Check(error, "MDE3002.DefenderForbidden,", ErrorCategory.PermissionDenied, 403);
        Assert.Contains("Ti.ReadWrite", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains(ConsentPath, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(Unknown, error.TargetObject);
    }

    [Fact]
    public void A_token_without_roles_is_noticed_before_Defender_is_asked()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"Bare","roles":[],"indicators":3}""");
        var error = Engine.Invoke($"{Get} $unknown").OnlyError;
        Check(error, "MDE2018.RolesMissing,", ErrorCategory.PermissionDenied, null);
        Assert.Empty(Emulator.Journal("defender"));
    }

    [Fact]
    public void A_tenant_that_is_not_set_up_is_told()
    {
        Emulator.AddTenant($$"""{"id":"{{Unknown}}","name":"Bare","defender":"notProvisioned"}""");
        Check(Engine.Invoke($"{Get} $unknown").OnlyError, "MDE3003.TenantNotProvisioned,", ErrorCategory.PermissionDenied, 403);
    }

    [Fact]
    public void A_path_that_is_not_there_names_the_host()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"status","status":404,"times":9}""");
        var error = Engine.Invoke($"{Get} $fabrikam").OnlyError;
        Check(error, "MDE3004.DefenderNotFound,", ErrorCategory.ObjectNotFound, 404);
        Assert.Contains("127.0.0.1", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_that_Defender_can_not_read_is_told()
    {
        var error = Engine.Invoke($"{Get} $fabrikam -Filter 'nonsense eq'").OnlyError;
        Check(error, "MDE3005.DefenderBadRequest,", ErrorCategory.InvalidArgument, 400);
        Assert.Contains("-Filter", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"target":"indicators","kind":"status","status":429,"retryAfter":{"seconds":1800},"times":9}""", 1800)]
    [InlineData("""{"target":"indicators","kind":"status","status":429,"retryAfter":{"date":1800},"times":9}""", 1800)]
    [InlineData("""{"target":"indicators","kind":"throttled","form":"observed","seconds":1800,"times":9}""", 1800)]
    public void A_long_wait_is_told_and_not_waited(string fault, int seconds)
    {
        Emulator.AddFault(fault);
        var result = Engine.Invoke($"{Get} $fabrikam");
        Check(result.OnlyError, "MDE3006.DefenderThrottled,", ErrorCategory.LimitsExceeded, 429);
        var wait = Assert.IsType<TimeSpan>(PropertyOf(result.OnlyError, "RetryAfter"));
        Assert.InRange(wait.TotalSeconds, seconds - 5, seconds + 1);
        Assert.InRange(result.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_short_wait_is_waited()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"status","status":429,"retryAfter":{"seconds":1}}""");
        var result = Engine.Invoke($"{Get} $fabrikam").Succeeded();
        Assert.Equal(40, result.Output.Count);
        Assert.InRange(result.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void A_server_that_is_down_for_an_hour_is_told_at_once()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"status","status":500,"retryAfter":{"seconds":3600},"times":99}""");
        var result = Engine.Invoke($"{Get} $fabrikam");
        Check(result.OnlyError, "MDE3007.DefenderUnavailable,", ErrorCategory.ResourceUnavailable, 500);
        Assert.Equal(true, PropertyOf(result.OnlyError, "IsTransient"));
        Assert.InRange(result.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_sign_in_page_in_place_of_the_second_page_loses_nothing_of_the_first()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"html","skip":1,"times":9}""");
        var result = Engine.Invoke($"{Get} $contoso");
        Assert.Equal(10_000, result.Output.Count);
        Check(result.OnlyError, "MDE3008.DefenderReplyInvalid,", ErrorCategory.InvalidData, 200);
    }

    [Fact]
    public void A_list_that_breaks_off_again_and_again_says_where_to_go_on()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"truncate","times":99}""");
        var result = Engine.Invoke($"{Get} $fabrikam");
        Assert.InRange(result.Output.Count, 1, 39);
        Check(result.OnlyError, "MDE3009.DefenderReplyTruncated,", ErrorCategory.ConnectionError, null);
        Assert.Contains($"-Skip {result.Output.Count}", result.OnlyError.ErrorDetails.RecommendedAction, StringComparison.Ordinal);

        Emulator.ClearFaults();
        var rest = Engine.Invoke($"{Get} $fabrikam -Skip {result.Output.Count}").Succeeded().Output;
        var all = result.Output.Concat(rest).Select(item => item.Properties["Id"].Value).Distinct();
        Assert.Equal(40, all.Count());
    }

    [Fact]
    public void A_list_that_breaks_off_once_is_completed_without_a_record_twice()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"truncate"}""");
        var output = Engine.Invoke($"{Get} $contoso").Succeeded().Output;
        Assert.Equal(12_500, output.Select(item => item.Properties["Id"].Value).Distinct().Count());
        Assert.Equal(12_500, output.Count);
    }

    [Fact]
    public void One_tenants_failure_leaves_the_others_complete()
    {
        Emulator.AddFault($$"""{"target":"indicators","kind":"status","status":403,"tenant":"{{Contoso}}","times":99}""");
        var result = Engine.Invoke($"{Get} $all");
        Assert.Equal(40, result.Output.Count);
        Assert.Equal(Contoso, result.OnlyError.TargetObject);
    }

    [Fact]
    public void ErrorAction_Stop_ends_the_script_at_the_first_failure()
    {
        var result = Engine.Invoke($"{Get} $unknown -ErrorAction Stop; 'never'");
        Assert.Empty(result.Output);
        Assert.StartsWith("MDE2011.TenantNotFound,", result.TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Single(Engine.Invoke($"{Get} $fabrikam -First 1").Succeeded().Output);
    }

    private static void Check(ErrorRecord error, string code, ErrorCategory category, int? status)
    {
        Assert.StartsWith(code, error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.NotEqual(string.Empty, error.ErrorDetails.RecommendedAction);
        Assert.DoesNotContain("{", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.NotNull(error.TargetObject);
        if (status is { } expected)
        {
            Assert.Equal(expected, PropertyOf(error, "HttpStatus"));
        }
    }

    private static object? PropertyOf(ErrorRecord error, string name) =>
        PSObject.AsPSObject(error.Exception).Properties[name]?.Value;
}
