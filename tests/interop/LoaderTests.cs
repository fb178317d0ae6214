using System.Runtime.InteropServices;
using MdeFic.Native.Generated;
using MdeFic.Tests.Harness;

namespace MdeFic.InteropTests;

/// <summary>
/// What a person sees when the native library is missing or is another one. Each in a process of its own: a library that
/// is loaded stays loaded.
/// </summary>
public sealed class LoaderTests : BoundaryTest, IDisposable
{
    private const string Script = """
        Import-Module $env:BROKEN_MODULE
        try { Get-MdeFicToken x y }
        catch { $_.FullyQualifiedErrorId; "$($_.CategoryInfo.Category)"; "$_"; $_.ErrorDetails.RecommendedAction }
        'goes on'
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("mdefic-loader").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_module_as_it_was_built_loads()
    {
        var lines = Run(CopyModule());
        Assert.StartsWith("MDE4", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_without_any_library_says_so()
    {
        var module = CopyModule();
        Directory.Delete(Path.Combine(module, "runtimes"), recursive: true);
        var lines = Run(module);
        Assert.StartsWith("MDE9003.PlatformNotShipped,", lines[0], StringComparison.Ordinal);
        Assert.Equal("ResourceUnavailable", lines[1]);
        Assert.Contains("none", lines[3], StringComparison.Ordinal);
        Assert.Equal("goes on", lines[^1]);
    }

    [Fact]
    public void A_module_for_other_platforms_names_them_and_this_one()
    {
        var module = CopyModule();
        var runtimes = Path.Combine(module, "runtimes");
        var own = Path.GetFileName(Assert.Single(Directory.GetDirectories(runtimes)));
        Directory.Move(Path.Combine(runtimes, own), Path.Combine(runtimes, "plan9-mips"));
        Directory.CreateDirectory(Path.Combine(runtimes, "beos-ppc"));
        var lines = Run(module);
        Assert.StartsWith("MDE9003.PlatformNotShipped,", lines[0], StringComparison.Ordinal);
        Assert.Contains(own, lines[2], StringComparison.Ordinal);
        Assert.Contains(RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(), lines[2], StringComparison.Ordinal);
        Assert.Contains("beos-ppc, plan9-mips", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_told()
    {
        var module = CopyModule();
        File.WriteAllText(Library(module), "this is no library");
        var lines = Run(module);
        Assert.StartsWith("MDE9004.LibraryMismatch,", lines[0], StringComparison.Ordinal);
        Assert.Equal("InvalidOperation", lines[1]);
        Assert.Contains(Library(module), lines[2], StringComparison.Ordinal);
        Assert.Equal("goes on", lines[^1]);
    }

    [Fact]
    public void A_library_of_another_version_is_refused()
    {
        var module = CopyModule();
        ExpectAnotherVersion(Path.Combine(module, "MdeFic.dll"));
        var lines = Run(module);
        Assert.StartsWith("MDE9004.LibraryMismatch,", lines[0], StringComparison.Ordinal);
        Assert.Contains("new PowerShell process", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_elsewhere_on_the_machine_is_not_taken()
    {
        var module = CopyModule();
        var planted = Directory.CreateDirectory(Path.Combine(_folder, "planted")).FullName;
        var library = Library(module);
        File.Move(library, Path.Combine(planted, Path.GetFileName(library)));
        File.Copy(Path.Combine(planted, Path.GetFileName(library)), Path.Combine(module, Path.GetFileName(library)));
        var path = $"{planted}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        var lines = Run(module, ("LD_LIBRARY_PATH", planted), ("DYLD_LIBRARY_PATH", planted), ("PATH", path));
        Assert.StartsWith("MDE9003.PlatformNotShipped,", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Completion_stays_silent_without_a_library()
    {
        var module = CopyModule();
        Directory.Delete(Path.Combine(module, "runtimes"), recursive: true);
        const string Complete = """
            Import-Module $env:BROKEN_MODULE
            $text = 'Get-MdeFicToken -IdentitySource '
            $found = [System.Management.Automation.CommandCompletion]::CompleteInput($text, $text.Length, $null).CompletionMatches
            "names: $(@($found | Where-Object CompletionText -eq 'AppService').Count)"
            """;
        Assert.Equal(["names: 0"], Run(module, Complete));
    }

    private static string Library(string module) =>
        Assert.Single(Directory.GetFiles(Path.Combine(module, "runtimes"), "*mde_ffi*", SearchOption.AllDirectories));

    // The hash that the bindings expect stands in the module's code as it is; another one makes them of another version.
    private static void ExpectAnotherVersion(string assembly)
    {
        var bytes = File.ReadAllBytes(assembly);
        var hash = BitConverter.GetBytes(Interop.__api_guard());
        var place = bytes.AsSpan().IndexOf(hash);
        Assert.True(place > 0, "the hash is not where it was");
        bytes[place] ^= 0xff;
        File.WriteAllBytes(assembly, bytes);
    }

    private string CopyModule()
    {
        var module = Path.Combine(_folder, "MdeFic");
        foreach (var file in Directory.GetFiles(Product.Module, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(module, Path.GetRelativePath(Product.Module, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return module;
    }

    private static string[] Run(string module, params (string Name, string Value)[] environment) => Run(module, Script, environment);

    private static string[] Run(string module, string script, params (string Name, string Value)[] environment)
    {
        var variables = environment.ToDictionary(variable => variable.Name, variable => variable.Value);
        variables["BROKEN_MODULE"] = Path.Combine(module, "MdeFic.psd1");
        var run = ChildProcess.ScriptHost(variables, "-NoProfile", "-Command", script);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.Trim().Split('\n');
    }
}
