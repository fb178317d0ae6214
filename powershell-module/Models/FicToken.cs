using System.Security;
using MdeFic.Native.Generated;

namespace MdeFic.Models;

/// <summary>An application's token in a tenant. Nothing that shows this object shows the token.</summary>
public sealed class FicToken
{
    private FicToken(TokenReply reply)
    {
        TenantId = reply.tenant_id;
        ClientId = reply.client_id;
        Scope = reply.scope;
        Source = reply.source;
        Roles = [.. reply.roles];
        ExpiresOn = DateTimeOffset.FromUnixTimeSeconds(reply.expires_on);
        RefreshOn = DateTimeOffset.FromUnixTimeSeconds(reply.refresh_on);
        Token = Protect(reply.token);
    }

    /// <summary>The tenant as it was asked for.</summary>
    public string TenantId { get; }

    /// <summary>The application's client id.</summary>
    public string ClientId { get; }

    /// <summary>What the token is for.</summary>
    public string Scope { get; }

    /// <summary>The token.</summary>
    public SecureString Token { get; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset ExpiresOn { get; }

    /// <summary>When the module will replace it by itself.</summary>
    public DateTimeOffset RefreshOn { get; }

    /// <summary>Where the assertion came from.</summary>
    public string Source { get; }

    /// <summary>The application permissions in the token.</summary>
    public string[] Roles { get; }

    /// <summary>The tenant and the expiry, not the token.</summary>
    public override string ToString() => $"token of tenant {TenantId} until {ExpiresOn:u}";

    internal static FicToken Of(TokenReply reply) => new(reply);

    private static unsafe SecureString Protect(string token)
    {
        fixed (char* characters = token)
        {
            var secure = new SecureString(characters, token.Length);
            secure.MakeReadOnly();
            return secure;
        }
    }
}
