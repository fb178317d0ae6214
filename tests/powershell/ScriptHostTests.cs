using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>The program that stands for pwsh where it is not installed: it has to behave as pwsh does.</summary>
public sealed class ScriptHostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mdefic test ").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Output_goes_to_standard_output_and_the_rest_beside_it()
    {
        var run = Command("'out'; Import-Module nowhere; $host.UI.WriteWarningLine('careful'); 'more'");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("out\nmore\n", run.Output);
        Assert.Contains("nowhere", run.Error, StringComparison.Ordinal);
        Assert.Contains("WARNING: careful", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'x'", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("'x'; exit 0; 'y'", 0)]
    [InlineData("throw 'bad'", 1)]
    [InlineData("$ErrorActionPreference = 'Stop'; Import-Module nowhere", 1)]
    [InlineData("Import-Module nowhere; 'goes on'", 0)]
    [InlineData("if (", 1)]
    [InlineData("& { exit 5 }", 5)]
    [InlineData("1 / 0; 'goes on'", 0)]
    public void Exit_codes_are_those_of_pwsh(string script, int expected)
    {
        Assert.Equal(expected, Command(script).ExitCode);
        Assert.Equal(expected, Script(script).ExitCode);
    }

    [Fact]
    public void Arguments_bind_to_the_parameters_of_the_script()
    {
        const string Text = """
            param([string[]] $TenantId, [Alias('App')] [string] $ClientId, [switch] $Quiet, [switch] $Loud, [int] $Count, $Rest)
            "$($TenantId.Count)|$($TenantId -join '+')|$ClientId|$Quiet|$Loud|$($Count + 1)|$Rest"
            """;
        var run = Script(Text, "-TenantId", "a,b, c", "-App", "x,y", "-Quiet", "-Loud:$false", "-Count", "-5", "last");
        Assert.Equal("3|a+b+c|x,y|True|False|-4|last\n", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void A_failure_that_does_not_end_the_script_is_no_failure_of_the_script()
    {
        Assert.Equal(0, Script("[CmdletBinding()] param() Import-Module nowhere; 1 / 0; 'x'").ExitCode);
        Assert.Equal(0, Script("[CmdletBinding()] param() 'x'; Import-Module nowhere").ExitCode);
        // Neither does a program that fails in it.
        Assert.Equal(0, Script("dotnet no-such-command 2>&1 >$null; if (-not $LASTEXITCODE) { throw 'the test is wrong' }").ExitCode);
    }

    [Fact]
    public void A_script_knows_where_it_is()
    {
        var run = Script("$PSScriptRoot; [IO.Path]::GetFileName($PSCommandPath)");
        Assert.Equal($"{_folder}\nscript one.ps1\n", run.Output);
    }

    [Fact]
    public void Nobody_is_asked()
    {
        var run = Script("param([Parameter(Mandatory)] [string] $Name) 'never'");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Name", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("-File", "nowhere.ps1")]
    [InlineData("-File")]
    [InlineData("-Nonsense")]
    [InlineData]
    public void A_command_line_that_makes_no_sense_is_told(params string[] arguments)
    {
        var run = Run(arguments);
        Assert.Equal(64, run.ExitCode);
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public void A_runbook_runs_as_in_pwsh()
    {
        using var emulator = EmulatorProcess.Start();
        const string Text = """
            param([string[]] $TenantId, [string] $ClientId, [string] $ManagedIdentityClientId)
            $ErrorActionPreference = 'Stop'
            Import-Module $env:MDEFIC_MODULE/MdeFic.psd1
            Get-MdeIndicator $TenantId $ClientId -ManagedIdentityClientId $ManagedIdentityClientId -First 2
            Get-MdeIndicator 00000000-0000-4000-8000-0000000000ff $ClientId -ManagedIdentityClientId $ManagedIdentityClientId
            'never'
            """;
        var run = Script(
            Text,
            emulator.EnvironmentOf("automation"),
            "-TenantId", string.Join(',', emulator.TenantIds),
            "-ClientId", emulator.Address.ClientId,
            "-ManagedIdentityClientId", emulator.Address.ManagedIdentityClientId);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"TenantId: {emulator.TenantIds[1]}", run.Output, StringComparison.Ordinal);
        Assert.Contains("MDE2011", run.Error, StringComparison.Ordinal);
        Assert.Contains("Recommendation:", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("never", run.Output, StringComparison.Ordinal);
        Canary.AssertAbsent("standard output", run.Output);
        Canary.AssertAbsent("standard error", run.Error);
    }

    private Finished Script(string text, params string[] arguments) => Script(text, new Dictionary<string, string>(), arguments);

    private Finished Script(string text, Dictionary<string, string> environment, params string[] arguments)
    {
        var file = Path.Combine(_folder, "script one.ps1");
        File.WriteAllText(file, text);
        return ChildProcess.ScriptHost(environment, ["-NoProfile", "-File", file, .. arguments]);
    }

    private static Finished Command(string text) => Run("-NoProfile", "-Command", text);

    private static Finished Run(params string[] arguments) => ChildProcess.ScriptHost(new Dictionary<string, string>(), arguments);
}
