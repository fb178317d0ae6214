using System.Text.Json;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>The examples, each as its host runs it.</summary>
public sealed class ExampleTests : IDisposable
{
    private const string Unknown = "00000000-0000-4000-8000-0000000000ff";

    private readonly EmulatorProcess _emulator = EmulatorProcess.Start();

    /// <inheritdoc/>
    public void Dispose() => _emulator.Dispose();

    [Fact]
    public void The_runbook_lists_the_indicators_of_every_tenant()
    {
        var run = Run("runbooks/Get-TenantIndicators.ps1", "automation", [], "-TenantId", Tenants, "-ClientId", Client, "-ManagedIdentityClientId", Identity);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Equal(
            [$"{_emulator.TenantIds[0]}: 12,500 indicators", $"{_emulator.TenantIds[1]}: 40 indicators", $"{_emulator.TenantIds[2]}: 0 indicators"],
            run.Output.Split('\n').Where(line => line.Contains(": ", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_runbook_goes_on_after_a_tenant_that_fails_and_fails_at_its_end()
    {
        var run = Run("runbooks/Get-TenantIndicators.ps1", "automation", [], "-TenantId", $"{Unknown},{Tenants}", "-ClientId", Client, "-ManagedIdentityClientId", Identity);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("ERROR   MDE2011.TenantNotFound", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{_emulator.TenantIds[1]}: 40 indicators", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 4 tenants failed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_function_makes_every_tenant_equal_to_its_list_and_then_has_nothing_to_do()
    {
        var settings = Settings($"{_emulator.TenantIds[1]}, {_emulator.TenantIds[2]}");
        foreach (var added in new[] { 2, 0 })
        {
            var run = Run("functions/SyncIndicators/run.ps1", "appService", settings);
            Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
            Assert.Equal(
                _emulator.TenantIds.Skip(1).Select(tenant => $"{tenant}: {added} added, 0 changed, 0 removed"),
                run.Output.Trim().Split('\n'));
        }

        Assert.Equal(2, _emulator.Journal("defender").Count(request => request.Method == "POST"));
    }

    [Fact]
    public void The_function_names_the_tenant_that_fails_and_the_setting_that_is_missing()
    {
        var run = Run("functions/SyncIndicators/run.ps1", "appService", Settings($"{Unknown};{_emulator.TenantIds[2]}"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{_emulator.TenantIds[2]}: 2 added", run.Output, StringComparison.Ordinal);
        Assert.Contains("ERROR   MDE2011.TenantNotFound", run.Output, StringComparison.Ordinal);
        var without = Run("functions/SyncIndicators/run.ps1", "appService", []);
        Assert.Equal(1, without.ExitCode);
        Assert.Contains("DEFENDER_TENANTS is missing", without.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pod_writes_the_critical_vulnerabilities_as_one_object_a_line()
    {
        var pod = new Dictionary<string, string> { ["AZURE_CLIENT_ID"] = Client };
        var run = Run("kubernetes/Get-CriticalVulnerability.ps1", "kubernetes", pod, "-TenantId", Tenants);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            using var row = JsonDocument.Parse(line);
            Assert.Contains(row.RootElement.GetProperty("tenantId").GetString(), _emulator.TenantIds);
            Assert.StartsWith("CVE-", row.RootElement.GetProperty("cveId").GetString(), StringComparison.Ordinal);
        });
        Assert.Equal(1, Run("kubernetes/Get-CriticalVulnerability.ps1", "kubernetes", pod, "-TenantId", Unknown).ExitCode);
    }

    private string Tenants => string.Join(',', _emulator.TenantIds);

    private string Client => _emulator.Address.ClientId;

    private string Identity => _emulator.Address.ManagedIdentityClientId;

    private Dictionary<string, string> Settings(string tenants) => new()
    {
        ["DEFENDER_TENANTS"] = tenants,
        ["DEFENDER_CLIENT_ID"] = Client,
        ["DEFENDER_IDENTITY_CLIENT_ID"] = Identity,
    };

    private Finished Run(string script, string host, Dictionary<string, string> settings, params string[] arguments)
    {
        var environment = _emulator.EnvironmentOf(host);
        environment["PSModulePath"] = Path.GetDirectoryName(Product.Module)!;
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        var run = ChildProcess.ScriptHost(environment, ["-NoProfile", "-File", Path.Combine(Product.Examples, script), .. arguments]);
        Canary.AssertAbsent("standard output", run.Output);
        Canary.AssertAbsent("standard error", run.Error);
        return run;
    }
}
