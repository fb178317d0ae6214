namespace MdeFic.Tests.Harness;

/// <summary>The process's environment variables while a test runs; afterwards they are what they were.</summary>
internal sealed class EnvironmentScope : IDisposable
{
    // All that the module reads: whatever the machine has set must not decide a test.
    private static readonly string[] Known =
    [
        "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "AZUREPS_HOST_ENVIRONMENT", "AZURE_AUTHORITY_HOST",
        "AZURE_FEDERATED_TOKEN_FILE", "AZURE_POD_IDENTITY_AUTHORITY_HOST", "DEFAULT_IDENTITY_CLIENT_ID", "GITHUB_ACTIONS",
        "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "MDEFIC_API_BASE_URL", "MDEFIC_GRAPH_BASE_URL",
        "MSI_ENDPOINT", "MSI_SECRET", "SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI", "TF_BUILD", "WEBSITE_SITE_NAME",
    ];

    private readonly Dictionary<string, string?> _before = [];

    /// <summary>Removes every variable that the module reads.</summary>
    internal EnvironmentScope() => Clear();

    /// <summary>Removes every variable that the module reads.</summary>
    internal void Clear()
    {
        foreach (var name in Known)
        {
            Set(name, null);
        }
    }

    /// <summary>Sets a variable, or removes it.</summary>
    internal void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    /// <summary>Replaces all that the module reads.</summary>
    internal void Replace(IReadOnlyDictionary<string, string> variables)
    {
        Clear();
        foreach (var (name, value) in variables)
        {
            Set(name, value);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
