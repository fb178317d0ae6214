using MdeFic.Native.Generated;

namespace MdeFic.InteropTests;

/// <summary>Pulls events, as the cmdlets do.</summary>
internal static class Pump
{
    /// <summary>The next event.</summary>
    internal static Event Next(Operation operation) => NextUnless(operation, CancellationToken.None);

    /// <summary>The next event, unless the wait for it is given up.</summary>
    internal static Event NextUnless(Operation operation, CancellationToken cancellation)
    {
        using var wire = operation.Next(cancellation).GetAwaiter().GetResult();
        return wire.Unwire();
    }

    /// <summary>Pulls until something other than a log line or progress comes.</summary>
    internal static Event NextOfNote(Operation operation)
    {
        while (true)
        {
            var next = Next(operation);
            if (!next.IsLog && !next.IsProgress)
            {
                return next;
            }
        }
    }

    /// <summary>Pulls to the end, taking tokens and failures.</summary>
    internal static (List<TokenReply> Tokens, List<ErrorReply> Failures, EndReply End) Tokens(Operation operation)
    {
        var tokens = new List<TokenReply>();
        var failures = new List<ErrorReply>();
        while (true)
        {
            var next = NextOfNote(operation);
            if (next.IsEnded)
            {
                return (tokens, failures, next.AsEnded());
            }

            if (next.IsFailed)
            {
                failures.Add(next.AsFailed());
                continue;
            }

            using var taken = operation.TakeTokens();
            tokens.AddRange(taken.Unwire());
        }
    }
}
