using System.Runtime.Loader;

namespace MdeFic.Benchmarks;

/// <summary>
/// Finds MdeFic.dll in the built module. A copy beside this program would be another file than the one that
/// Import-Module loads, and would not find the native library.
/// </summary>
internal static class ModuleAssembly
{
    /// <summary>The folder of the built module.</summary>
    internal static string Folder { get; } = Setting.Required("MDEFIC_MODULE");

    /// <summary>The manifest to import.</summary>
    internal static string Manifest { get; } = Path.Combine(Folder, "MdeFic.psd1");

    /// <summary>Must have run before the first method that names a type of the module is compiled.</summary>
    internal static void Register() =>
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            name.Name == "MdeFic" ? context.LoadFromAssemblyPath(Path.Combine(Folder, "MdeFic.dll")) : null;
}
