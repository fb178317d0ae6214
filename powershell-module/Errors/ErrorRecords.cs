using System.Management.Automation;

namespace MdeFic.Errors;

/// <summary>The one place where error records are made.</summary>
internal static class ErrorRecords
{
    // Before 7.5 PowerShell's error view leaves the recommended action out, so the message has to say it.
    private static readonly bool ShowsRecommendedAction =
        typeof(PSObject).Assembly.GetName().Version is { } engine && engine >= new Version(7, 5);

    internal static ErrorRecord Of(MdeFicException error)
    {
        var category = Enum.TryParse<ErrorCategory>(error.Category, out var known) ? known : ErrorCategory.InvalidResult;
        var message = ShowsRecommendedAction ? error.Message : $"{error.Message} What to do: {error.Remedy}";
        return new ErrorRecord(error, error.Code, category, error.Target)
        {
            ErrorDetails = new ErrorDetails(message) { RecommendedAction = error.Remedy },
        };
    }
}
