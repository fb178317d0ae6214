namespace MdeFic.ScriptHost;

/// <summary>What to run: a script file with its arguments, or a text.</summary>
internal sealed record CommandLine(string? File, string? Command, IReadOnlyList<string> Arguments)
{
    internal const string Usage =
        "usage: MdeFic.ScriptHost [-NoProfile] [-NonInteractive] -File SCRIPT [-Name VALUE]... | -Command TEXT";

    /// <summary>Reads the arguments of the process.</summary>
    /// <exception cref="UsageException">They name nothing to run.</exception>
    internal static CommandLine Parse(string[] arguments)
    {
        for (var index = 0; index < arguments.Length; index++)
        {
            var rest = arguments[(index + 1)..];
            switch (arguments[index].ToLowerInvariant())
            {
                // There is neither a profile nor anybody to ask, so these change nothing.
                case "-noprofile" or "-nologo" or "-noninteractive":
                    break;
                case "-file" or "-f" when rest.Length > 0:
                    return new CommandLine(Path.GetFullPath(rest[0]), null, rest[1..]);
                case "-command" or "-c" when rest.Length > 0:
                    return new CommandLine(null, string.Join(' ', rest), []);
                case "-file" or "-f" or "-command" or "-c":
                    throw new UsageException($"{arguments[index]} needs a value");
                case var other when other.StartsWith('-'):
                    throw new UsageException($"{arguments[index]} is not known here");
                default:
                    return new CommandLine(Path.GetFullPath(arguments[index]), null, rest);
            }
        }

        throw new UsageException("nothing to run");
    }
}
