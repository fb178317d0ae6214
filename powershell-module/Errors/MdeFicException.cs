using MdeFic.Native.Generated;

namespace MdeFic.Errors;

/// <summary>What went wrong, with the ids that support asks for. It never holds a secret.</summary>
public sealed class MdeFicException : Exception
{
    internal MdeFicException(ErrorReply reply, Exception? inner = null)
        : base(TextOf(reply), inner)
    {
        Code = reply.code;
        Category = reply.category;
        Remedy = reply.remedy;
        HttpStatus = reply.http_status;
        EntraErrorCode = reply.entra_code;
        CorrelationId = reply.correlation_id;
        TraceId = reply.trace_id;
        RequestId = reply.request_id;
        RetryAfter = reply.retry_after_seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        Target = reply.target;
        IsTransient = reply.is_transient;
    }

    /// <summary>The row of docs/errors.md, such as <c>MDE2002.FederatedSubjectMismatch</c>.</summary>
    public string Code { get; }

    /// <summary>What to do.</summary>
    public string Remedy { get; }

    /// <summary>The reply's HTTP status, if there was a reply.</summary>
    public int? HttpStatus { get; }

    /// <summary>The number behind AADSTS, if Entra gave one.</summary>
    public uint? EntraErrorCode { get; }

    /// <summary>Entra's correlation id.</summary>
    public string? CorrelationId { get; }

    /// <summary>Entra's trace id.</summary>
    public string? TraceId { get; }

    /// <summary>The request id of Defender or Entra.</summary>
    public string? RequestId { get; }

    /// <summary>How long the service asked to wait.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The tenant or record that failed.</summary>
    public string? Target { get; }

    /// <summary>Whether the same call may succeed later without a change.</summary>
    public bool IsTransient { get; }

    internal string Category { get; }

    private static string TextOf(ErrorReply reply)
    {
        var number = reply.code.Split('.')[0];
        var text = string.Join(": ", reply.causes.Prepend(reply.message).Distinct());
        var ids = new List<string>();
        Add("correlation id", reply.correlation_id);
        Add("trace id", reply.trace_id);
        // Entra's request id is its trace id once more.
        Add("request id", reply.request_id == reply.trace_id ? null : reply.request_id);
        Add("retry after", reply.retry_after_seconds is { } seconds ? $"{seconds:0} s" : null);
        return ids.Count == 0 ? $"{number}: {text}" : $"{number}: {text} ({string.Join(", ", ids)})";

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                ids.Add($"{name} {value}");
            }
        }
    }
}
