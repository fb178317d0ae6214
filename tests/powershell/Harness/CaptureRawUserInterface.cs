using System.Management.Automation.Host;

namespace MdeFic.Tests.Harness;

/// <summary>A screen of 120 columns.</summary>
internal sealed class CaptureRawUserInterface : PSHostRawUserInterface
{
    private static readonly Size Screen = new(120, 50);

    /// <inheritdoc/>
    public override ConsoleColor BackgroundColor { get; set; }

    /// <inheritdoc/>
    public override ConsoleColor ForegroundColor { get; set; }

    /// <inheritdoc/>
    public override Size BufferSize { get; set; } = Screen;

    /// <inheritdoc/>
    public override Size WindowSize { get; set; } = Screen;

    /// <inheritdoc/>
    public override Size MaxWindowSize => Screen;

    /// <inheritdoc/>
    public override Size MaxPhysicalWindowSize => Screen;

    /// <inheritdoc/>
    public override Coordinates CursorPosition { get; set; }

    /// <inheritdoc/>
    public override Coordinates WindowPosition { get; set; }

    /// <inheritdoc/>
    public override int CursorSize { get; set; }

    /// <inheritdoc/>
    public override string WindowTitle { get; set; } = string.Empty;

    /// <inheritdoc/>
    public override bool KeyAvailable => false;

    /// <inheritdoc/>
    public override void FlushInputBuffer()
    {
    }

    /// <inheritdoc/>
    public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void ScrollBufferContents(
        Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new NotSupportedException();
}
