using System.Diagnostics;
using MdeFic.Benchmarks.Measurements;
using MdeFic.Benchmarks.Peers;

namespace MdeFic.Benchmarks.Reporting;

/// <summary>Measures everything several times, both sides by turns, and prints what came of it.</summary>
internal static class Comparison
{
    /// <summary>Measures and prints.</summary>
    internal static void Run(int runs, TextWriter output)
    {
        using var server = EmulatorServer.Start();
        using var manyTenants = EmulatorServer.StartMany();
        WarmUp(server);

        var machine = Machine.Describe();
        var load = Machine.Load();
        var clock = Stopwatch.StartNew();
        var samples = new Samples();
        for (var run = 0; run < runs; run++)
        {
            Console.Error.WriteLine($"run {run + 1} of {runs}");
            foreach (var name in Catalogue.Names)
            {
                samples.Add(name, MeasuringProcess.Run(name, Catalogue.NeedsManyTenants(name) ? manyTenants : server));
            }
        }

        output.WriteLine(machine);
        output.WriteLine(
            $"median (minimum–maximum) of {runs} runs, each in a process of its own; {clock.Elapsed.TotalSeconds:0} s");
        if (load is not null)
        {
            output.WriteLine($"load average before the first run: {load}");
        }

        output.WriteLine();
        Table.Print(new Rows(samples).All(), output);
    }

    private static void WarmUp(EmulatorServer server)
    {
        RenderPagesAsync(server.Facts).GetAwaiter().GetResult();
        // Files that were never read since the machine started must not count for whoever comes first either.
        MeasuringProcess.Run(Catalogue.FirstTokenOfModule, server);
        MeasuringProcess.Run(Catalogue.FirstTokenOfAzureIdentity, server);
    }

    // The emulator renders a page when it is first asked for.
    private static async Task RenderPagesAsync(ServerFacts server)
    {
        using var client = new HttpClient();
        var token = await PlainExchange.TokenAsync(client, server);
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        for (var skip = 0; skip < server.Large.Indicators; skip += 5_000)
        {
            await client.GetStringAsync($"{server.Defender}/api/indicators?$skip={skip}");
        }
    }
}
