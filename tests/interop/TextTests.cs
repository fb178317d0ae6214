using System.Text;
using System.Text.Json;
using MdeFic.Native;
using MdeFic.Native.Generated;
using MdeFic.Tests.Harness;

namespace MdeFic.InteropTests;

/// <summary>Texts of every length and alphabet, in both directions.</summary>
public sealed class TextTests : BoundaryTest, IDisposable
{
    private readonly EmulatorProcess _emulator = EmulatorProcess.Start();

    /// <inheritdoc/>
    public void Dispose() => _emulator.Dispose();

    [Fact]
    public void A_megabyte_crosses_from_a_thread_with_a_small_stack()
    {
        // What is written to the stack on its way would end the process here.
        Exception? caught = null;
        var thread = new Thread(
            () => caught = Record.Exception(() => Cross(new string('x', 1 << 20))),
            maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(caught);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\0")]
    [InlineData("a\0b")]
    [InlineData("Zürich – 東京 – 🔒")]
    [InlineData("\ud83d")]
    public void Odd_texts_cross_without_harm(string text) => Cross(text);

    [Fact]
    public void Texts_of_every_alphabet_come_back_as_they_were_sent()
    {
        const string Text = "Zürich – 東京 – 🔒 – \u202e – \"quoted\" – \\";
        var tenant = _emulator.TenantIds[1];
        _emulator.SetIndicators(tenant, $$"""
            [{
                "id": "1", "indicatorValue": {{JsonSerializer.Serialize(Text)}}, "title": "",
                "description": "{{new string('d', 1 << 20)}}"
            }]
            """);
        using var operation = Operation.Indicators(Requests.Indicators(_emulator, tenant).Wire());
        Pump.NextOfNote(operation).AsRecords();
        using var taken = operation.TakeIndicators();
        var reply = taken.Unwire();
        var texts = new Texts(reply.texts);
        var indicator = Assert.Single(reply.indicators);
        Assert.Equal(Text, texts[indicator.indicator_value]);
        Assert.Equal(string.Empty, texts[indicator.title]);
        Assert.Equal(1 << 20, texts[indicator.description]?.Length);
        Assert.Null(texts[indicator.severity]);
    }

    [Fact]
    public void A_long_text_in_an_error_is_cut()
    {
        var failure = Cross(new string('x', 1 << 20));
        Assert.InRange(Encoding.UTF8.GetByteCount(failure.message + failure.remedy), 1, 4_000);
    }

    // A tenant's name is refused before any request, so the text itself is all that is tested.
    private ErrorReply Cross(string text)
    {
        using var operation = Operation.Tokens(Requests.Tokens(_emulator, $"no tenant {text}").Wire());
        var (tokens, failures, _) = Pump.Tokens(operation);
        Assert.Empty(tokens);
        var failure = Assert.Single(failures);
        Assert.Equal("MDE4001.TenantIdInvalid", failure.code);
        return failure;
    }
}
