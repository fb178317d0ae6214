using System.Text.Json;
using MdeFic.Benchmarks;
using MdeFic.Benchmarks.Measurements;
using MdeFic.Benchmarks.Reporting;

// Measures the module beside its peers, in one run on one server. See README.md.

const int Runs = 9;
const int QuickRuns = 3;

try
{
    switch (args)
    {
        case ["--measure", var name]:
            ModuleAssembly.Register();
            Console.WriteLine(JsonSerializer.Serialize(Catalogue.Take(name)));
            return 0;
        case []:
            Comparison.Run(Runs, Console.Out);
            return 0;
        case ["--quick"]:
            Comparison.Run(QuickRuns, Console.Out);
            return 0;
        default:
            Console.Error.WriteLine("usage: MdeFic.Benchmarks [--quick]");
            return 64;
    }
}
catch (BenchmarkException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
catch (Exception error) when (args is ["--measure", ..])
{
    // Whatever a client throws, with its place: the starting process only sees the exit code.
    Console.Error.WriteLine(error);
    return 1;
}
