using MdeFic.Benchmarks.Peers;

namespace MdeFic.Benchmarks.Measurements;

/// <summary>How long it takes from nothing to the first token.</summary>
internal static class FirstToken
{
    internal const string Import = "import";
    internal const string Token = "token";
    internal const string Own = "own";
    internal const string Processor = "processor";
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
        var elapsed = new Elapsed();
        engine.Import(ModuleAssembly.Manifest);
        var import = elapsed.Milliseconds;
        var token = engine.Run<string>(
            Script,
            new { Tenant = server.Large.Id, Client = server.ClientId, Identity = server.ManagedIdentityClientId });
        var (own, processor) = (elapsed.Milliseconds, elapsed.ProcessorMilliseconds);
        Expect.Token(token.Length);
        return new Sample
        {
            [Import] = import,
            [Token] = own - import,
            [Own] = own,
            [Processor] = processor,
            [Total] = engine.StartMilliseconds + own,
        };
    }

    /// <summary>
    /// What any binary module costs in this engine: the import and one call of a cmdlet that does nothing.
    /// </summary>
    internal static Sample OfEmptyCmdlet()
    {
        using var engine = Engine.Start();
        var manifest = BareModules.OneCmdlet();
        var elapsed = new Elapsed();
        engine.Import(manifest);
        engine.Run<string>("param($Name) Get-Nothing -Name $Name", new { Name = "x" });
        return new Sample { [Own] = elapsed.Milliseconds };
    }

    /// <summary>Azure.Identity in a process that has done nothing else.</summary>
    internal static Sample OfAzureIdentity()
    {
        var server = ServerFacts.FromEnvironment();
        var elapsed = new Elapsed();
        var token = AzureIdentityPeer.Create(server).GetToken();
        var (own, processor) = (elapsed.Milliseconds, elapsed.ProcessorMilliseconds);
        Expect.Token(token.Length);
        return new Sample { [Own] = own, [Processor] = processor };
    }
}
