using System.Management.Automation;

namespace MdeFic.ScriptHost;

/// <summary>The last line of a terminal, on which progress replaces progress. Nothing where there is no terminal.</summary>
internal sealed class ProgressLine
{
    private const string EraseLine = "\r\u001b[K";

    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private bool _isShown;

    /// <summary>Shows where something stands, or takes it away when it is done.</summary>
    internal void Show(ProgressRecord record)
    {
        if (!_isTerminal)
        {
            return;
        }

        if (record.RecordType == ProgressRecordType.Completed)
        {
            Clear();
            return;
        }

        var percent = record.PercentComplete >= 0 ? $" {record.PercentComplete} %" : string.Empty;
        var text = $"{record.Activity}: {record.StatusDescription}{percent}";
        var width = ConsoleRawUserInterface.Width - 1;
        Console.Error.Write(EraseLine + (text.Length > width ? text[..width] : text));
        _isShown = true;
    }

    /// <summary>Makes room for other output.</summary>
    internal void Clear()
    {
        if (_isShown)
        {
            _isShown = false;
            Console.Error.Write(EraseLine);
        }
    }
}
