using MdeFic.Native.Generated;

namespace MdeFic.Native;

/// <summary>
/// The environment variables that a request brings along. On Unix, what PowerShell sets in $env: is seen by .NET only,
/// and platforms rotate some of them: so they are read here, at every request.
/// </summary>
internal static class HostEnvironment
{
    private static readonly Lazy<List<string>> Names = new(() =>
    {
        using var names = Interop.environment_variable_names();
        return names.Unwire();
    });

    internal static List<EnvironmentVariable> Snapshot()
    {
        var variables = new List<EnvironmentVariable>();
        foreach (var name in Names.Value)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                variables.Add(new EnvironmentVariable { name = name, content = value });
            }
        }

        return variables;
    }
}
