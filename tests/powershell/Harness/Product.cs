namespace MdeFic.Tests.Harness;

/// <summary>Where the things under test are. They are named by the task that builds them; nothing is guessed.</summary>
internal static class Product
{
    /// <summary>The built module: a folder that PowerShell imports.</summary>
    internal static string Module => Existing("MDEFIC_MODULE", Directory.Exists);

    /// <summary>The folder of the examples.</summary>
    internal static string Examples => Existing("MDEFIC_EXAMPLES", Directory.Exists);

    /// <summary>The emulator program.</summary>
    internal static string Emulator => Existing("MDEFIC_EMULATOR", File.Exists);

    /// <summary>The program that runs scripts in PowerShell's engine, as a .dll for the dotnet program.</summary>
    internal static string ScriptHost => Existing("MDEFIC_SCRIPT_HOST", File.Exists);

    private static string Existing(string variable, Func<string, bool> exists)
    {
        var path = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(path) || !exists(path))
        {
            throw new InvalidOperationException(
                $"{variable} names nothing that exists ('{path}'): run these tests with 'cargo xtask test', which builds what they need.");
        }

        return path;
    }
}
