namespace MdeFic.Benchmarks;

/// <summary>Modules that do nothing: what importing them costs, any import costs.</summary>
internal static class BareModules
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "modules");

    /// <summary>A manifest without anything in it.</summary>
    /// <returns>Its path.</returns>
    internal static string Empty() => Written("Empty", "@{ ModuleVersion = '1.0.0' }");

    /// <summary>A binary module that consists of this program's cmdlet that does nothing.</summary>
    /// <returns>The manifest's path.</returns>
    internal static string OneCmdlet()
    {
        var assembly = typeof(BareModules).Assembly.Location.Replace("'", "''", StringComparison.Ordinal);
        return Written(
            "OneCmdlet",
            $$"""
            @{
                ModuleVersion     = '1.0.0'
                RootModule        = '{{assembly}}'
                CmdletsToExport   = @('Get-Nothing')
                FunctionsToExport = @()
                VariablesToExport = @()
                AliasesToExport   = @()
            }
            """);
    }

    private static string Written(string name, string text)
    {
        var file = Path.Combine(Folder, name, $"{name}.psd1");
        if (!File.Exists(file) || File.ReadAllText(file) != text)
        {
            Directory.CreateDirectory(Path.Combine(Folder, name));
            File.WriteAllText(file, text);
        }

        return file;
    }
}
