using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace MdeFic.ScriptHost;

/// <summary>Makes the words after a script's name into the arguments that its param block expects.</summary>
internal sealed class ScriptArguments
{
    private readonly Dictionary<string, Type> _types = new(StringComparer.OrdinalIgnoreCase);

    private ScriptArguments(ScriptBlockAst script)
    {
        foreach (var parameter in script.ParamBlock?.Parameters ?? [])
        {
            var type = parameter.StaticType;
            _types[parameter.Name.VariablePath.UserPath] = type;
            var aliases = parameter.Attributes.OfType<AttributeAst>()
                .Where(attribute => attribute.TypeName.Name.Equals("Alias", StringComparison.OrdinalIgnoreCase))
                .SelectMany(attribute => attribute.PositionalArguments)
                .OfType<StringConstantExpressionAst>();
            foreach (var alias in aliases)
            {
                _types[alias.Value] = type;
            }
        }
    }

    /// <summary>Arguments by name.</summary>
    internal Hashtable Named { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Arguments by position.</summary>
    internal List<object> Positional { get; } = [];

    /// <summary>Reads the words.</summary>
    /// <param name="file">The script.</param>
    /// <param name="words">The words, as the shell passed them.</param>
    /// <exception cref="UsageException">A parameter lacks its value.</exception>
    internal static ScriptArguments Of(string file, IReadOnlyList<string> words)
    {
        var arguments = new ScriptArguments(Parser.ParseFile(file, out _, out _));
        for (var index = 0; index < words.Count; index++)
        {
            if (!IsName(words[index]))
            {
                arguments.Positional.Add(words[index]);
                continue;
            }

            var (name, value) = Split(words[index]);
            var type = arguments._types.GetValueOrDefault(name, typeof(object));
            if (type == typeof(SwitchParameter))
            {
                arguments.Named[name] = value is null || IsTrue(value);
                continue;
            }

            value ??= ++index < words.Count ? words[index] : throw new UsageException($"-{name} needs a value");
            arguments.Named[name] = type.IsArray ? value.Split(',', StringSplitOptions.TrimEntries) : value;
        }

        return arguments;
    }

    // A dash with a letter after it; -5 is a number.
    private static bool IsName(string word) => word.Length > 1 && word[0] == '-' && char.IsLetter(word[1]);

    private static (string Name, string? Value) Split(string word)
    {
        var colon = word.IndexOf(':');
        return colon < 0 ? (word[1..], null) : (word[1..colon], word[(colon + 1)..]);
    }

    private static bool IsTrue(string value) =>
        value.TrimStart('$').Equals("true", StringComparison.OrdinalIgnoreCase) || value == "1";
}
