using System.Diagnostics;
using MdeFic.Tests.Harness;

namespace MdeFic.PowerShell.Tests;

/// <summary>Ctrl+C, and pipelines that have enough.</summary>
public sealed class StopTests : ModuleTest
{
    private const string Get = "Get-MdeIndicator $contoso $client -ManagedIdentityClientId $identity";

    [Theory]
    [InlineData("identity", "Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity")]
    [InlineData("token", "Get-MdeFicToken $fabrikam $client -ManagedIdentityClientId $identity")]
    [InlineData("indicators", "Get-MdeIndicator $fabrikam $client -ManagedIdentityClientId $identity")]
    public void Ctrl_C_ends_a_call_that_gets_no_answer(string target, string script)
    {
        Emulator.AddFault($$"""{"target":"{{target}}","kind":"hang","times":99}""");
        using (var running = Engine.Begin(script))
        {
            Waiting.Until(() => Emulator.Journal().Any(entry => entry.Fault == "hang"), "a request that hangs");
            Assert.False(running.IsOver);
            Assert.InRange(running.Stop(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }

        Emulator.ClearFaults();
        // The engine and the session behind it go on working.
        Assert.Single(Engine.Invoke(script + (target == "indicators" ? " -First 1" : string.Empty)).Succeeded().Output);
    }

    [Fact]
    public void Ctrl_C_ends_a_wait_between_two_tries()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"status","status":429,"retryAfter":{"seconds":30},"times":99}""");
        using var running = Engine.Begin(Get);
        Waiting.Until(() => Emulator.Journal("defender").Count == 1, "a first try");
        Thread.Sleep(100);
        Assert.False(running.IsOver);
        Assert.InRange(running.Stop(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Single(Emulator.Journal("defender"));
    }

    [Fact]
    public void Ctrl_C_ends_a_call_while_records_come()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"slow","bytes":4096,"pauseMilliseconds":5,"times":99}""");
        using var running = Engine.Begin(Get);
        Waiting.Until(() => running.Count > 100, "a hundred records");
        Assert.InRange(running.Stop(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(running.Count, 100, 12_499);
        AssertDownloadEnds();
    }

    [Fact]
    public void Stopping_again_and_again_leaves_nothing_behind()
    {
        Emulator.AddFault("""{"target":"indicators","kind":"hang","times":99}""");
        for (var round = 1; round <= 10; round++)
        {
            using var running = Engine.Begin(Get);
            var expected = round;
            Waiting.Until(() => Emulator.Journal("defender").Count == expected, "a request that hangs");
            Assert.InRange(running.Stop(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }

        Emulator.ClearFaults();
        Assert.Equal(12_500, Engine.Invoke(Get).Succeeded().Output.Count);
    }

    [Fact]
    public void A_select_that_has_enough_stops_the_download()
    {
        SlowDown();
        var result = Engine.Invoke($"{Get} | Select-FirstFew 3; 'goes on'").Succeeded();
        Assert.Equal(4, result.Output.Count);
        AssertDownloadEnds();
        Assert.InRange(Assert.Single(Emulator.Journal("defender")).Bytes, 1, 2_000_000);
    }

    [Fact]
    public void A_break_out_of_the_pipeline_stops_the_download()
    {
        SlowDown();
        const string Script = """
            $seen = 0
            :reading while ($true) { $(GET) | ForEach-Object { $_; if (++$seen -ge 3) { break reading } } }
            'goes on'
            """;
        var result = Engine.Invoke(Script.Replace("$(GET)", Get, StringComparison.Ordinal)).Succeeded();
        Assert.Equal(4, result.Output.Count);
        AssertDownloadEnds();
    }

    [Fact]
    public void An_error_in_the_next_command_stops_the_download()
    {
        SlowDown();
        var result = Engine.Invoke($"try {{ {Get} | ForEach-Object {{ throw 'enough' }} }} catch {{ \"caught $_\" }}").Succeeded();
        Assert.Equal("caught enough", result.Only.BaseObject);
        AssertDownloadEnds();
    }

    [Fact]
    public void A_reader_that_takes_its_time_holds_the_download_back()
    {
        // A quarter of a second without reading is enough for the whole list to come, were it not held back.
        Engine.Invoke("Get-MdeFicToken $contoso $client -ManagedIdentityClientId $identity").Succeeded();
        var requests = new List<int>();
        Engine.Set("look", new Action(() =>
        {
            Thread.Sleep(500);
            requests.Add(Emulator.Journal("defender").Count);
        }));
        Engine.Invoke($"$n = 0; {Get} | ForEach-Object {{ if ($n++ -eq 0) {{ $look.Invoke() }} }}").Succeeded();
        Assert.Equal([1], requests);
        Assert.Equal(2, Emulator.Journal("defender").Count);
    }

    // The large page is some four megabytes.
    private void SlowDown() =>
        Emulator.AddFault("""{"target":"indicators","kind":"slow","bytes":65536,"pauseMilliseconds":20,"times":99}""");

    private void AssertDownloadEnds()
    {
        long before;
        var watch = Stopwatch.StartNew();
        do
        {
            before = Emulator.Journal("defender").Sum(entry => entry.Bytes);
            Thread.Sleep(200);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "the download goes on");
        }
        while (Emulator.Journal("defender").Sum(entry => entry.Bytes) != before);
        Assert.Single(Emulator.Journal("defender"));
    }
}
