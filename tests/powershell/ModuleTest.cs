using System.Net;
using System.Security;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>
/// What every test starts in: an emulator of its own, an engine with the module, the variables of a Functions app.
/// Scripts find <c>$contoso</c> (12,500 indicators), <c>$fabrikam</c> (40), <c>$adatum</c> (none), <c>$all</c>,
/// <c>$client</c>, and <c>$identity</c>.
/// </summary>
public abstract class ModuleTest : IDisposable
{
    private const string UnknownTenant = "00000000-0000-4000-8000-0000000000ff";

    /// <summary>Starts the emulator and the engine.</summary>
    protected ModuleTest()
    {
        Emulator = EmulatorProcess.Start();
        Variables.Replace(Emulator.EnvironmentOf("appService"));
        Engine = new Engine();
        // Another test's emulator may have had the same ports: what is in memory from there is of other keys.
        Engine.Invoke("Disconnect-MdeFic").Succeeded();
        var tenants = Emulator.TenantIds;
        Engine.Set("contoso", tenants[0]);
        Engine.Set("fabrikam", tenants[1]);
        Engine.Set("adatum", tenants[2]);
        Engine.Set("all", tenants);
        Engine.Set("unknown", UnknownTenant);
        Engine.Set("client", Emulator.Address.ClientId);
        Engine.Set("identity", Emulator.Address.ManagedIdentityClientId);
    }

    private protected EmulatorProcess Emulator { get; }

    private protected Engine Engine { get; }

    private protected EnvironmentScope Variables { get; } = new();

    private protected string Contoso => Emulator.TenantIds[0];

    private protected string Fabrikam => Emulator.TenantIds[1];

    private protected string Adatum => Emulator.TenantIds[2];

    private protected static string Unknown => UnknownTenant;

    /// <summary>What the link that an administrator of the unknown tenant opens ends with.</summary>
    private protected string ConsentPath => $"/{Unknown}/adminconsent?client_id={Emulator.Address.ClientId}";

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Engine.Dispose();
        }
        finally
        {
            Variables.Dispose();
            Emulator.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    private protected static string Reveal(object? secret) =>
        new NetworkCredential(string.Empty, Assert.IsType<SecureString>(secret)).Password;

    /// <summary>What Defender answers to this token.</summary>
    private protected HttpStatusCode AskDefender(string token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Emulator.Address.Defender}/api/indicators?$top=1");
        request.Headers.Authorization = new("Bearer", token);
        using var response = http.Send(request);
        return response.StatusCode;
    }
}
