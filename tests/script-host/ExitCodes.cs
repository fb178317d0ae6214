namespace MdeFic.ScriptHost;

/// <summary>How the process ends when the script itself names no code with <c>exit</c>; the same numbers as pwsh's.</summary>
internal static class ExitCodes
{
    internal const int Success = 0;
    internal const int TerminatingError = 1;
    internal const int Usage = 64;
    internal const int Stopped = 130;
}
