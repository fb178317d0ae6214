using System.Collections;
using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>The built module as a whole: what it exports, where it comes from, how it behaves when imported.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly Engine _engine = new();

    private static string ManifestFile => Path.Combine(Product.Module, "MdeFic.psd1");

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    [Fact]
    public void The_module_exports_what_its_manifest_says_and_nothing_else()
    {
        var module = (PSModuleInfo)_engine.Invoke("Get-Module MdeFic").Succeeded().Only.BaseObject;
        var declared = DeclaredCmdlets();
        Assert.NotEmpty(declared);
        Assert.Equal(declared.Order(), module.ExportedCmdlets.Keys.Order());
        Assert.Empty(module.ExportedFunctions);
        Assert.Empty(module.ExportedAliases);
        Assert.Empty(module.ExportedVariables);
    }

    [Fact]
    public void No_cmdlet_is_left_out_of_the_manifest()
    {
        var inLibrary = CmdletTypes()
            .Select(type => type.GetCustomAttribute<CmdletAttribute>()!)
            .Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}");
        Assert.Equal(DeclaredCmdlets().Order(), inLibrary.Order());
    }

    [Fact]
    public void The_version_is_the_manifests_and_the_workspaces()
    {
        var version = Assert.IsType<Version>(_engine.Invoke("(Get-Module MdeFic).Version").Succeeded().Only.BaseObject);
        Assert.Equal((string)Manifest()["ModuleVersion"]!, version.ToString());
        var workspace = File.ReadAllText(FileAbove("Cargo.toml"));
        var stated = Regex.Match(workspace, "\\[workspace\\.package\\][^\\[]*?^version\\s*=\\s*\"([^\"]+)\"", RegexOptions.Multiline);
        Assert.Equal(stated.Groups[1].Value, version.ToString());
    }

    [Fact]
    public void Importing_again_with_Force_works()
    {
        var result = _engine.Invoke(
            "1..2 | ForEach-Object { Import-Module $module -Force -Verbose:$false }; (Get-Command -Module MdeFic).Count",
            ("module", ManifestFile)).Succeeded();
        Assert.Equal(DeclaredCmdlets().Length, result.Only.BaseObject);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void Removing_and_importing_again_works()
    {
        var result = _engine.Invoke(
            "Remove-Module MdeFic -Verbose:$false; Import-Module $module -Verbose:$false; Get-MdeFicToken x y",
            ("module", ManifestFile));
        // It runs up to the check of its parameters.
        Assert.StartsWith("MDE4", result.TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void The_module_is_found_by_its_name_on_the_module_path()
    {
        using var variables = new EnvironmentScope();
        variables.Set("PSModulePath", Path.GetDirectoryName(Product.Module));
        using var engine = new Engine();
        var result = engine.Invoke("Remove-Module MdeFic -Verbose:$false; (Get-Command Get-MdeIndicator -Verbose:$false).Source");
        Assert.Equal("MdeFic", result.Succeeded().Only.BaseObject);
    }

    [Fact]
    public void The_manifest_is_valid_and_asks_for_what_it_needs()
    {
        var manifest = Manifest();
        Assert.Equal("7.4", manifest["PowerShellVersion"]);
        Assert.Equal(["Core"], Texts(manifest["CompatiblePSEditions"]));
        Assert.False(manifest.ContainsKey("RequiredModules"));
        Assert.False(manifest.ContainsKey("RequiredAssemblies"));
        Assert.Empty(Texts(manifest["FunctionsToExport"]));
        Assert.Empty(Texts(manifest["AliasesToExport"]));
        Assert.Empty(Texts(manifest["VariablesToExport"]));
        Assert.All(Texts(manifest["FormatsToProcess"]), file => Assert.True(File.Exists(Path.Combine(Product.Module, file)), file));
    }

    [Fact]
    public void The_module_brings_no_managed_dependency()
    {
        var libraries = Directory.GetFiles(Product.Module, "*.dll", SearchOption.TopDirectoryOnly).Select(Path.GetFileName);
        Assert.Equal(["MdeFic.dll"], libraries);
        var references = CmdletTypes()[0].Assembly.GetReferencedAssemblies().Select(name => name.Name!);
        Assert.All(references, name => Assert.True(
            name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard" or "Microsoft.CSharp", name));
    }

    [Fact]
    public void Everything_public_that_is_generated_stays_inside()
    {
        var shown = CmdletTypes()[0].Assembly.GetExportedTypes();
        Assert.DoesNotContain(shown, type => type.Namespace!.Contains("Generated", StringComparison.Ordinal));
    }

    // The tests are built below the checkout.
    private static string FileAbove(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, name);
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException(name);
    }

    private Type[] CmdletTypes()
    {
        var commands = _engine.Invoke("(Get-Command -Module MdeFic).ImplementingType").Succeeded().Values.Cast<Type>();
        return commands.First().Assembly.GetExportedTypes()
            .Where(type => type.IsDefined(typeof(CmdletAttribute), inherit: false)).ToArray();
    }

    private string[] DeclaredCmdlets() => Texts(Manifest()["CmdletsToExport"]);

    private Hashtable Manifest() => (Hashtable)_engine
        .Invoke("(& ([scriptblock]::Create([IO.File]::ReadAllText($file))))", ("file", ManifestFile)).Succeeded().Only.BaseObject;

    private static string[] Texts(object? value) => value switch
    {
        null => [],
        object[] many => [.. many.Cast<string>()],
        _ => [(string)value],
    };
}
