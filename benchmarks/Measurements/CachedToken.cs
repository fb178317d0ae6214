using MdeFic.Benchmarks.Peers;
using MdeFic.Native;
using MdeFic.Native.Generated;

namespace MdeFic.Benchmarks.Measurements;

/// <summary>What a token costs that is in memory already, per call.</summary>
internal static class CachedToken
{
    internal const string PerCall = "perCall";
    internal const string PerCallAtFirst = "perCallAtFirst";

    private const int Calls = 2_000;
    private const int Rounds = 21;
    private const int CmdletRounds = 9;

    private const string Script = """
        param($Calls, $Tenant, $Client, $Identity)
        for ($i = 0; $i -lt $Calls; $i++) {
            $token = Get-MdeFicToken -TenantId $Tenant -ClientId $Client -ManagedIdentityClientId $Identity
        }
        $token.Token.Length
        """;

    private const string EmptyScript = """
        param($Calls, $Name)
        for ($i = 0; $i -lt $Calls; $i++) {
            $text = Get-Nothing -Name $Name
        }
        $text
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Across the boundary and back, with a request that is there.</summary>
    internal static Sample OfBinding()
    {
        var server = ServerFacts.FromEnvironment();
        Fill(server);
        var request = Request(server);
        return RepeatCalls(() => Expect.Token(FromMemory(request).Length));
    }

    /// <summary>The same with a new request and a new look at the host's environment, as the cmdlet does it.</summary>
    internal static Sample OfBindingWithRequest()
    {
        var server = ServerFacts.FromEnvironment();
        Fill(server);
        return RepeatCalls(() => Expect.Token(FromMemory(Request(server)).Length));
    }

    /// <summary>The whole cmdlet, called by a script.</summary>
    internal static Sample OfCmdlet()
    {
        var server = ServerFacts.FromEnvironment();
        using var engine = Engine.Start();
        engine.Import(ModuleAssembly.Manifest);
        // The first call of all fetches the token.
        Run(1);
        return Repeat(CmdletRounds, () => Run(Calls));

        void Run(int calls)
        {
            var length = engine.Run<int>(Script, new
            {
                Calls = calls,
                Tenant = server.Large.Id,
                Client = server.ClientId,
                Identity = server.ManagedIdentityClientId,
            });
            Expect.Token(length);
        }
    }

    /// <summary>A cmdlet that does nothing, called by a script: what the engine itself takes for a call.</summary>
    internal static Sample OfEmptyCmdlet()
    {
        using var engine = Engine.Start();
        engine.Import(BareModules.OneCmdlet());
        Run(1);
        return Repeat(CmdletRounds, () => Run(Calls));

        void Run(int calls) => engine.Run<string>(EmptyScript, new { Calls = calls, Name = "x" });
    }

    /// <summary>The same credential as for the first token.</summary>
    internal static Sample OfAzureIdentity()
    {
        var peer = AzureIdentityPeer.Create(ServerFacts.FromEnvironment());
        return RepeatCalls(() => Expect.Token(peer.GetToken().Length));
    }

    private static Sample RepeatCalls(Action call)
    {
        // The first call of all fetches the token, or compiles the way to it.
        call();
        return Repeat(Rounds, () =>
        {
            for (var index = 0; index < Calls; index++)
            {
                call();
            }
        });
    }

    private static Sample Repeat(int count, Action round)
    {
        var rounds = new List<double>();
        for (var index = 0; index < count; index++)
        {
            var elapsed = new Elapsed();
            round();
            rounds.Add(elapsed.Milliseconds);
            // The runtime compiles what is called often once more, on a thread beside the program: let it.
            Thread.Sleep(Pause);
        }

        return new Sample
        {
            [PerCallAtFirst] = rounds[0] / Calls,
            [PerCall] = Spread.Of(rounds[(count / 2)..]).Median / Calls,
        };
    }

    private static string FromMemory(TokensRequest request)
    {
        using var cached = Interop.cached_tokens(request.Wire());
        return cached.Unwire() is [var token]
            ? token.token
            : throw new BenchmarkException("the token is not in memory");
    }

    private static void Fill(ServerFacts server)
    {
        using var operation = Operation.Tokens(Request(server).Wire());
        while (true)
        {
            using var wire = operation.Next().GetAwaiter().GetResult();
            switch (wire.Unwire())
            {
                case { IsRecords: true }:
                    operation.TakeTokens().Dispose();
                    break;
                case { IsFailed: true } failed:
                    throw new BenchmarkException(failed.AsFailed().message);
                case { IsEnded: true }:
                    return;
            }
        }
    }

    // Built anew for every call, because the cmdlet does so too.
    private static TokensRequest Request(ServerFacts server) => new()
    {
        force_refresh = false,
        connection = new ConnectionRequest
        {
            tenant_ids = [server.Large.Id],
            client_id = server.ClientId,
            identity_source = string.Empty,
            managed_identity_client_id = server.ManagedIdentityClientId,
            managed_identity_object_id = null,
            managed_identity_resource_id = null,
            exchange_audience = null,
            service_connection_id = null,
            assertion = null,
            scope = null,
            cloud = null,
            region = null,
            api_base_url = null,
            throttle_limit = 32,
            environment = HostEnvironment.Snapshot(),
        },
    };
}
