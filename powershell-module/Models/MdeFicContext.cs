using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using MdeFic.Native;

namespace MdeFic.Models;

/// <summary>The defaults of a runspace: who asks, for which tenants, where. An assertion is never shown.</summary>
public sealed class MdeFicContext
{
    private static readonly ConditionalWeakTable<Runspace, MdeFicContext> Contexts = [];

    internal MdeFicContext(ConnectionSettings settings, string[] tenantId)
    {
        Settings = settings;
        TenantId = tenantId;
    }

    /// <summary>The tenants.</summary>
    public string[] TenantId { get; }

    /// <summary>The application's client id.</summary>
    public string? ClientId => Settings.ClientId;

    /// <summary>Where the assertion comes from; detected when empty.</summary>
    public string? IdentitySource => Settings.IdentitySource;

    /// <summary>The managed identity's client id.</summary>
    public string? ManagedIdentityClientId => Settings.ManagedIdentityClientId;

    /// <summary>The managed identity's object (principal) id.</summary>
    public string? ManagedIdentityObjectId => Settings.ManagedIdentityObjectId;

    /// <summary>The managed identity's Azure resource id.</summary>
    public string? ManagedIdentityResourceId => Settings.ManagedIdentityResourceId;

    /// <summary>Whether an assertion was handed in.</summary>
    public bool HasAssertion => Settings.Assertion is not null;

    /// <summary>The Azure Pipelines service connection.</summary>
    public string? ServiceConnectionId => Settings.ServiceConnectionId;

    /// <summary>What the assertion is for.</summary>
    public string? ExchangeAudience => Settings.ExchangeAudience;

    /// <summary>The national cloud.</summary>
    public string? Cloud => Settings.Cloud;

    /// <summary>The base URL of the Defender API.</summary>
    public string? ApiBaseUrl => Settings.ApiBaseUrl;

    /// <summary>The region of the Defender API.</summary>
    public string? Region => Settings.Region;

    internal ConnectionSettings Settings { get; }

    /// <inheritdoc/>
    public override string ToString() => $"application {ClientId} for {TenantId.Length} tenants";

    /// <summary>The defaults of the runspace that this thread works for.</summary>
    internal static MdeFicContext? OfRunspace() =>
        Runspace.DefaultRunspace is { } runspace && Contexts.TryGetValue(runspace, out var context) ? context : null;

    /// <summary>Sets or, with null, removes the defaults of the runspace that this thread works for.</summary>
    internal static void SetOfRunspace(MdeFicContext? context)
    {
        if (Runspace.DefaultRunspace is not { } runspace)
        {
            return;
        }

        Contexts.Remove(runspace);
        if (context is not null)
        {
            Contexts.Add(runspace, context);
        }
    }
}
