using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace MdeFic.Benchmarks.Peers;

/// <summary>
/// The same exchange with Azure.Identity: a managed identity's token is the assertion of the application.
/// </summary>
internal sealed class AzureIdentityPeer
{
    private static readonly TokenRequestContext Assertion = new(["api://AzureADTokenExchange/.default"]);
    private static readonly TokenRequestContext Defender = new([ServerFacts.Scope]);

    private readonly ClientAssertionCredential _credential;

    private AzureIdentityPeer(ClientAssertionCredential credential) => _credential = credential;

    /// <summary>Makes the credential.</summary>
    internal static AzureIdentityPeer Create(ServerFacts server)
    {
        var identity = new ManagedIdentityCredential(
            ManagedIdentityId.FromUserAssignedClientId(server.ManagedIdentityClientId));
        var options = new ClientAssertionCredentialOptions
        {
            // This library refuses an authority without TLS.
            AuthorityHost = new Uri(server.AuthorityTls),
            // It would ask login.microsoftonline.com whether the authority is known.
            DisableInstanceDiscovery = true,
        };
        if (!OperatingSystem.IsLinux())
        {
            options.Transport = TransportThatTrusts(server.CertificateFile);
        }

        return new AzureIdentityPeer(new ClientAssertionCredential(
            server.Large.Id,
            server.ClientId,
            async cancellation => (await identity.GetTokenAsync(Assertion, cancellation).ConfigureAwait(false)).Token,
            options));
    }

    /// <summary>A token, from memory if there is one.</summary>
    internal string GetToken() => _credential.GetToken(Defender, CancellationToken.None).Token;

    // On Linux SSL_CERT_FILE does this; other platforms offer no such way.
    private static HttpClientTransport TransportThatTrusts(string certificateFile)
    {
        var authority = X509Certificate2.CreateFromPem(File.ReadAllText(certificateFile));
        var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                using var chain = new X509Chain();
                chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                chain.ChainPolicy.CustomTrustStore.Add(authority);
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                return certificate is not null && chain.Build(certificate);
            },
        };
        return new HttpClientTransport(handler);
    }
}
