using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MdeFic.Errors;
using MdeFic.Native.Generated;

namespace MdeFic.Native;

/// <summary>
/// Finds the native library of this platform beside the module, by its full path: nothing that lies elsewhere on the
/// machine can take its place.
/// </summary>
internal static class NativeLibraryLoader
{
    private static readonly string Root =
        Path.Combine(Path.GetDirectoryName(typeof(NativeLibraryLoader).Assembly.Location) ?? string.Empty, "runtimes");

    // The boundary's first call must already find the library, whoever makes it: a cmdlet, a completer or a test.
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);
#pragma warning restore CA2255

    /// <summary>Checks that the library is there and is the one that this module was built with.</summary>
    /// <exception cref="MdeFicException">It is missing, or another one.</exception>
    internal static void Ensure()
    {
        var path = PathOfLibrary();
        if (!File.Exists(path))
        {
            throw NativeErrors.PlatformNotShipped(RuntimeIdentifier(), ShippedRuntimes());
        }

        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(Interop).TypeHandle);
        }
        catch (TypeInitializationException error)
        {
            throw NativeErrors.LibraryMismatch(path, error.InnerException ?? error);
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        name == Interop.NativeLib ? NativeLibrary.Load(PathOfLibrary()) : IntPtr.Zero;

    private static string PathOfLibrary()
    {
        var file = OperatingSystem.IsWindows() ? $"{Interop.NativeLib}.dll"
            : OperatingSystem.IsMacOS() ? $"lib{Interop.NativeLib}.dylib"
            : $"lib{Interop.NativeLib}.so";
        return Path.Combine(Root, RuntimeIdentifier(), "native", file);
    }

    private static string RuntimeIdentifier()
    {
        var system = OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
              || RuntimeInformation.RuntimeIdentifier.StartsWith("alpine", StringComparison.Ordinal) ? "linux-musl"
            : "linux";
        return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }

    private static string ShippedRuntimes()
    {
        var folders = Directory.Exists(Root) ? Directory.GetDirectories(Root) : [];
        return folders.Length == 0 ? "none" : string.Join(", ", folders.Select(Path.GetFileName).Order());
    }
}
