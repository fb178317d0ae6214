using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.InteropTests;

/// <summary>What the library tells of itself.</summary>
public sealed class InventoryTests : BoundaryTest
{
    [Fact]
    public void The_library_is_the_one_that_the_bindings_were_made_from()
    {
        // The static constructor compares the hashes; a wrong one would have thrown.
        NativeLibraryLoader.Ensure();
        Assert.NotEqual(0ul, Interop.__api_guard());
    }

    [Fact]
    public void The_names_of_variables_are_those_that_hosts_set()
    {
        using var wire = Interop.environment_variable_names();
        var names = wire.Unwire();
        string[] known =
            ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET", "AZURE_AUTHORITY_HOST", "HTTPS_PROXY"];
        Assert.Superset(known.ToHashSet(), names.ToHashSet());

        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        // Variables cross at every call: what no source reads has no business here.
        Assert.DoesNotContain(names, name => name.Contains("CLIENT_SECRET", StringComparison.Ordinal) || name is "PATH" or "HOME");
    }

    [Fact]
    public void The_snapshot_brings_what_is_set_and_nothing_that_is_empty()
    {
        var before = Environment.GetEnvironmentVariable("IDENTITY_HEADER");
        try
        {
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", "one");
            Assert.Equal("one", Snapshot("IDENTITY_HEADER"));
            // It is read again each time: platforms rotate it.
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", "two");
            Assert.Equal("two", Snapshot("IDENTITY_HEADER"));
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", string.Empty);
            Assert.Null(Snapshot("IDENTITY_HEADER"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", before);
        }

        static string? Snapshot(string name) => HostEnvironment.Snapshot().SingleOrDefault(variable => variable.name == name)?.content;
    }

    [Fact]
    public void Names_of_sources_and_clouds_come_for_completion()
    {
        using var sources = Interop.identity_source_names();
        Assert.Contains("AppService", sources.Unwire());
        using var clouds = Interop.cloud_names();
        Assert.Contains("Public", clouds.Unwire());
    }
}
