using System.Collections;
using System.Management.Automation;

namespace MdeFic.Benchmarks.Peers;

/// <summary>
/// Stands in for Invoke-RestMethod, which the engine's package does not hold: downloads a text and puts out its
/// objects.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "JsonRequest")]
[OutputType(typeof(PSObject))]
public sealed class InvokeJsonRequestCommand : PSCmdlet
{
    /// <summary>What to download.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public Uri Uri { get; set; } = new("about:blank");

    /// <summary>What to send along.</summary>
    [Parameter]
    public IDictionary Headers { get; set; } = new Hashtable();

    /// <summary>One client for all calls, as the real cmdlet's session keeps one.</summary>
    internal static HttpClient Client { get; } = new();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Uri);
        foreach (DictionaryEntry header in Headers)
        {
            request.Headers.TryAddWithoutValidation((string)header.Key, (string?)header.Value);
        }

        using var response = Client.Send(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(response.Content.ReadAsStream());
        WriteObject(JsonObjects.Of(reader.ReadToEnd()));
    }
}
