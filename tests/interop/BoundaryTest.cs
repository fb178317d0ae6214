using MdeFic.Native;
using MdeFic.Native.Generated;
using MdeFic.Tests.Harness;

namespace MdeFic.InteropTests;

/// <summary>What every test of the boundary starts in: the built native library where the module looks for it.</summary>
public abstract class BoundaryTest
{
    private static readonly Lazy<bool> Prepared = new(CopyNativeLibrary);

    /// <summary>Puts the native library of the built module beside the tests, once.</summary>
    protected BoundaryTest()
    {
        Assert.True(Prepared.Value);
        NativeLibraryLoader.Ensure();
        // Another test's emulator may have had the same ports: what is in memory from there is of other keys.
        Interop.forget_tokens();
    }

    // The loader only looks beside MdeFic.dll, and that lies beside the tests here.
    private static bool CopyNativeLibrary()
    {
        var from = Path.Combine(Product.Module, "runtimes");
        var to = Path.Combine(Path.GetDirectoryName(typeof(Operation).Assembly.Location)!, "runtimes");
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            // Written over in place, it would change under another process that has it loaded.
            File.Delete(copy);
            File.Copy(file, copy);
        }

        return true;
    }
}
