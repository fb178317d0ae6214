namespace MdeFic.Tests.Harness;

/// <summary>One request that the emulator received, and what became of it. Its secrets are redacted.</summary>
internal sealed record JournalEntry(
    long Sequence,
    string Listener,
    long Connection,
    string Method,
    string Path,
    string[][] Query,
    string[][] Form,
    string? Tenant,
    string? Fault,
    int? Status,
    long Bytes)
{
    /// <summary>The first value of a query parameter.</summary>
    internal string? QueryValue(string name) => ValueOf(Query, name);

    /// <summary>The first value of a form field.</summary>
    internal string? FormValue(string name) => ValueOf(Form, name);

    private static string? ValueOf(string[][] pairs, string name) => pairs.FirstOrDefault(pair => pair[0] == name)?[1];
}
