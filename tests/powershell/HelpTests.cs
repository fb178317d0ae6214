using System.Management.Automation;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>What Get-Help tells of every cmdlet.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly Engine _engine = new();

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    [Fact]
    public void Every_cmdlet_has_a_synopsis_a_description_and_an_example() => Assert.All(Commands(), command =>
    {
        var help = Help(command.Name);
        var synopsis = TextOf(help, "Synopsis");
        // Without help the engine shows the syntax in its place.
        Assert.DoesNotContain("[<CommonParameters>]", synopsis, StringComparison.Ordinal);
        Assert.True(synopsis.Length > 20, $"{command.Name}: '{synopsis}'");
        Assert.True(TextOf(help, "description").Length > 40, $"{command.Name} has no description");
        var examples = _engine.Invoke("(Get-Help $name -Full).examples.example", ("name", command.Name)).Succeeded().Output;
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains(command.Name, TextOf(example, "code"), StringComparison.Ordinal));
    });

    [Fact]
    public void Every_parameter_is_described() => Assert.All(Commands(), command =>
    {
        var described = _engine.Invoke("(Get-Help $name -Full).parameters.parameter", ("name", command.Name)).Succeeded().Output
            .Where(parameter => TextOf(parameter, "description").Length > 10)
            .Select(parameter => TextOf(parameter, "name"));
        var own = command.Parameters.Keys.Except(Cmdlet.CommonParameters).Except(Cmdlet.OptionalCommonParameters);
        Assert.Empty(own.Except(described, StringComparer.OrdinalIgnoreCase));
    });

    [Fact]
    public void Examples_name_only_parameters_that_exist() => Assert.All(Commands(), command =>
    {
        var examples = _engine.Invoke("(Get-Help $name -Full).examples.example", ("name", command.Name)).Succeeded().Output;
        foreach (var code in examples.Select(example => TextOf(example, "code")))
        {
            var script = System.Management.Automation.Language.Parser.ParseInput(code, out _, out var errors);
            Assert.True(errors.Length == 0, $"{code}: {errors.FirstOrDefault()?.Message}");
            var calls = script.FindAll(node => node is System.Management.Automation.Language.CommandAst, true)
                .Cast<System.Management.Automation.Language.CommandAst>()
                .Where(call => call.GetCommandName() == command.Name);
            var named = calls.SelectMany(call => call.CommandElements)
                .OfType<System.Management.Automation.Language.CommandParameterAst>().Select(element => element.ParameterName);
            Assert.All(named, name => Assert.Contains(command.Parameters.Values, parameter =>
                parameter.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase)
                || parameter.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase)));
        }
    });

    [Fact]
    public void The_help_file_lies_where_the_engine_looks_for_it() =>
        Assert.True(File.Exists(Path.Combine(Product.Module, "en-US", "MdeFic.dll-Help.xml")), "en-US/MdeFic.dll-Help.xml");

    private PSObject Help(string name) => _engine.Invoke("Get-Help $name -Full", ("name", name)).Succeeded().Only;

    private List<CmdletInfo> Commands() =>
        [.. _engine.Invoke("Get-Command -Module MdeFic").Succeeded().Values.Cast<CmdletInfo>()];

    // Help texts are lists of paragraphs, each an object with a Text.
    private static string TextOf(PSObject help, string property) => help.Properties[property]?.Value switch
    {
        null => string.Empty,
        string text => text.Trim(),
        System.Collections.IEnumerable paragraphs => string.Join(' ', paragraphs.Cast<object>()
            .Select(paragraph => PSObject.AsPSObject(paragraph).Properties["Text"]?.Value ?? paragraph)).Trim(),
        var other => other.ToString()!.Trim(),
    };
}
