using MdeFic.Native.Generated;

namespace MdeFic.Models;

/// <summary>Where a tenant's administrator consents to the application.</summary>
public sealed class ConsentLink
{
    private ConsentLink(ConsentLinkReply reply)
    {
        TenantId = reply.tenant_id;
        ClientId = reply.client_id;
        Uri = new Uri(reply.uri);
    }

    /// <summary>The tenant.</summary>
    public string TenantId { get; }

    /// <summary>The application's client id.</summary>
    public string ClientId { get; }

    /// <summary>The address to open.</summary>
    public Uri Uri { get; }

    /// <inheritdoc/>
    public override string ToString() => Uri.AbsoluteUri;

    internal static ConsentLink Of(ConsentLinkReply reply) => new(reply);
}
