using System.Diagnostics;
using MdeFic.Benchmarks.Peers;

namespace MdeFic.Benchmarks.Measurements;

/// <summary>How long it takes from nothing to the first token.</summary>
internal static class FirstToken
{
    internal const string Import = "import";
    internal const string Token = "token";
    internal const string Own = "own";
    internal const string Total = "total";

    private const string Script = """
        param($Tenant, $Client, $Identity)
        Get-MdeFicToken -TenantId $Tenant -ClientId $Client -ManagedIdentityClientId $Identity -AsPlainText
        """;

    /// <summary>The module in an engine that has done nothing else.</summary>
    internal static Sample OfModule()
    {
        var server = ServerFacts.FromEnvironment();
        using var engine = Engine.Start();
        var clock = Stopwatch.StartNew();
        engine.Import(ModuleAssembly.Manifest);
        var import = clock.Elapsed.TotalMilliseconds;
        var token = engine.Run<string>(
            Script,
            new { Tenant = server.Large.Id, Client = server.ClientId, Identity = server.ManagedIdentityClientId });
        var own = clock.Elapsed.TotalMilliseconds;
        Expect.Token(token.Length);
        return new Sample
        {
            [Import] = import,
            [Token] = own - import,
            [Own] = own,
            [Total] = engine.StartMilliseconds + own,
        };
    }

    /// <summary>What any binary module costs in this engine: the import and one call of a cmdlet that does nothing.</summary>
    internal static Sample OfEmptyCmdlet()
    {
        using var engine = Engine.Start();
        var manifest = BareModules.OneCmdlet();
        var clock = Stopwatch.StartNew();
        engine.Import(manifest);
        engine.Run<string>("param($Name) Get-Nothing -Name $Name", new { Name = "x" });
        return new Sample { [Own] = clock.Elapsed.TotalMilliseconds };
    }

    /// <summary>Azure.Identity in a process that has done nothing else.</summary>
    internal static Sample OfAzureIdentity()
    {
        var server = ServerFacts.FromEnvironment();
        var clock = Stopwatch.StartNew();
        var token = AzureIdentityPeer.Create(server).GetToken();
        var own = clock.Elapsed.TotalMilliseconds;
        Expect.Token(token.Length);
        return new Sample { [Own] = own, [Total] = own };
    }
}
