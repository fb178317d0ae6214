using System.Management.Automation;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>What all cmdlets have in common: verbs, nouns, parameters, output types.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly Engine _engine = new();

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    [Fact]
    public void Verbs_are_approved_and_nouns_are_ours()
    {
        // Get-Verb belongs to a module that the engine's package does not bring; its list is these classes' constants.
        var approved = new[]
            {
                typeof(VerbsCommon), typeof(VerbsCommunications), typeof(VerbsData), typeof(VerbsDiagnostic),
                typeof(VerbsLifecycle), typeof(VerbsOther), typeof(VerbsSecurity),
            }
            .SelectMany(type => type.GetFields()).Select(field => (string)field.GetRawConstantValue()!).ToHashSet();
        Assert.All(Commands(), command =>
        {
            Assert.Contains(command.Verb, approved);
            Assert.StartsWith("Mde", command.Noun, StringComparison.Ordinal);
            Assert.False(command.Noun.EndsWith('s'), $"{command.Noun} is a plural");
        });
    }

    [Fact]
    public void Classes_are_sealed_and_named_after_their_command() => Assert.All(Commands(), command =>
    {
        Assert.True(command.ImplementingType.IsSealed, command.Name);
        Assert.Equal($"{command.Verb}{command.Noun}Command", command.ImplementingType.Name);
    });

    [Fact]
    public void Output_types_are_declared() => Assert.All(Commands(), command =>
    {
        Assert.NotEmpty(command.OutputType);
        Assert.All(command.OutputType, output => Assert.NotNull(output.Type));
    });

    [Fact]
    public void There_are_at_most_three_parameter_sets() =>
        Assert.All(Commands(), command => Assert.InRange(command.ParameterSets.Count, 1, 3));

    [Fact]
    public void Whatever_changes_something_can_be_asked_what_it_would_do()
    {
        // A consent link is a text, and a query reads: neither changes anything.
        string[] harmless = ["New-MdeFicConsentLink", "Invoke-MdeHunting"];
        string[] reading = ["Get", "Test", "Find", "Search", "Measure", "Compare", "Connect", "Disconnect"];
        Assert.All(Commands().Where(command => !reading.Contains(command.Verb) && !harmless.Contains(command.Name)), command =>
            Assert.True(command.Parameters.ContainsKey("WhatIf"), command.Name));
    }

    [Theory]
    [InlineData("TenantId", 0)]
    [InlineData("ClientId", 1)]
    [InlineData("Scope", 2)]
    public void Positions_are_those_of_TokenMagician(string parameter, int position)
    {
        var token = Assert.Single(Commands(), command => command.Name == "Get-MdeFicToken");
        Assert.All(token.Parameters[parameter].ParameterSets.Values, set => Assert.Equal(position, set.Position));
    }

    [Theory]
    [InlineData("ManagedIdentityClientId", "UserAssignedIdentity")]
    [InlineData("ExchangeAudience", "MsiScope")]
    [InlineData("TenantId", "CustomerId")]
    [InlineData("ClientId", "AppId")]
    [InlineData("ClientId", "ApplicationId")]
    public void Names_that_people_know_are_aliases(string parameter, string alias)
    {
        var token = Assert.Single(Commands(), command => command.Name == "Get-MdeFicToken");
        Assert.Contains(alias, token.Parameters[parameter].Aliases);
    }

    [Fact]
    public void Tenant_and_application_bind_from_the_pipeline() => Assert.All(
        // What is connected is one set of defaults, not one of each row.
        Commands().Where(command => command.Parameters.ContainsKey("TenantId") && command.Verb != "Connect"),
        command =>
        {
            Assert.All(command.Parameters["TenantId"].ParameterSets.Values, set => Assert.True(set.ValueFromPipelineByPropertyName));
            Assert.All(command.Parameters["ClientId"].ParameterSets.Values, set => Assert.True(set.ValueFromPipelineByPropertyName));
            Assert.Equal(typeof(string[]), command.Parameters["TenantId"].ParameterType);
        });

    [Fact]
    public void No_parameter_takes_a_secret_as_plain_text()
    {
        var secrets = Commands().SelectMany(command => command.Parameters.Values).Where(parameter =>
            parameter.Name.EndsWith("Secret", StringComparison.Ordinal)
            || parameter.Name.EndsWith("Password", StringComparison.Ordinal)
            || parameter.Name.EndsWith("Assertion", StringComparison.Ordinal)
            || parameter.Name is "Token" or "AccessToken");
        Assert.All(secrets, parameter => Assert.Equal(typeof(System.Security.SecureString), parameter.ParameterType));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("'many'")]
    public void A_throttle_limit_out_of_range_is_refused(string limit)
    {
        var error = _engine.Invoke($"Get-MdeFicToken x y -ThrottleLimit {limit}").TerminatingError;
        Assert.Contains("ThrottleLimit", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-MdeFicToken '' y")]
    [InlineData("Get-MdeFicToken $null y")]
    [InlineData("Get-MdeFicToken @() y")]
    [InlineData("Get-MdeFicToken x ''")]
    [InlineData("Get-MdeIndicator x y -First -1")]
    public void An_empty_or_impossible_value_is_refused_by_the_binder(string script)
    {
        var error = _engine.Invoke(script).TerminatingError;
        Assert.Matches("^(ParameterArgument|CannotConvertArgument)", error.FullyQualifiedErrorId);
    }

    private List<CmdletInfo> Commands()
    {
        var commands = _engine.Invoke("Get-Command -Module MdeFic").Succeeded().Values.Cast<CmdletInfo>().ToList();
        Assert.NotEmpty(commands);
        return commands;
    }
}
