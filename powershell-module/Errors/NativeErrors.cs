using MdeFic.Native.Generated;

namespace MdeFic.Errors;

/// <summary>The failures that only this side of the boundary can see. Their codes stand in the same table as all others.</summary>
internal static class NativeErrors
{
    internal static MdeFicException PlatformNotShipped(string runtime, string shipped) => new(Reply(
        "MDE9003.PlatformNotShipped",
        "ResourceUnavailable",
        $"the module has no native library for {runtime}",
        $"Use one of the platforms that are shipped ({shipped}), or build the module for this one with 'cargo xtask build'."));

    internal static MdeFicException LibraryMismatch(string path, Exception error) => new(
        Reply(
            "MDE9004.LibraryMismatch",
            "InvalidOperation",
            $"the native library {path} can't be used: {error.Message}",
            "Install the module again, and start a new PowerShell process: a loaded library can't be replaced."),
        error);

    internal static MdeFicException RuntimeUnavailable(Exception error) => new(
        Reply(
            "MDE9002.RuntimeUnavailable",
            "ResourceUnavailable",
            "the native library could not start",
            "Free memory or threads on this machine and try again."),
        error);

    internal static MdeFicException Stopped(Exception error) => new(
        Reply(
            "MDE9001.Panicked",
            "InvalidOperation",
            "the native library ended the operation without a reason",
            "Please report this with the command that led to it."),
        error);

    internal static MdeFicException ParametersConflict(string message, string remedy) =>
        new(Reply("MDE4016.ParametersConflict", "InvalidArgument", message, remedy));

    internal static MdeFicException FileExists(string path)
    {
        var reply = Reply(
            "MDE4017.IndicatorFileUnusable",
            "ResourceExists",
            $"the file {path} is there already",
            "Name another file, or leave out -NoClobber to overwrite it.");
        reply.is_final = false;
        return new MdeFicException(reply);
    }

    internal static MdeFicException UnreadableRecord(string tenantId, Exception error)
    {
        var reply = Reply(
            "MDE3008.DefenderReplyInvalid",
            "InvalidData",
            $"one record of the list can't be read: {error.Message}",
            "The other records are in the output. Please report this with the text above: the module knows another form of the record.");
        reply.target = tenantId;
        reply.is_final = false;
        return new MdeFicException(reply, error);
    }

    private static ErrorReply Reply(string code, string category, string message, string remedy) => new()
    {
        code = code,
        category = category,
        message = message,
        remedy = remedy,
        causes = [],
        http_status = null,
        entra_code = null,
        correlation_id = null,
        trace_id = null,
        request_id = null,
        retry_after_seconds = null,
        target = null,
        is_transient = false,
        is_final = true,
    };
}
