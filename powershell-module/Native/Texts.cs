namespace MdeFic.Native;

/// <summary>The texts of a batch, to which its records refer by number: zero is no text, one the first.</summary>
internal readonly struct Texts(List<string> texts)
{
    internal string? this[uint number] => number == 0 ? null : texts[(int)number - 1];

    internal string Text(uint number) => this[number] ?? string.Empty;

    internal string[] All(List<uint> numbers)
    {
        if (numbers.Count == 0)
        {
            return [];
        }

        var all = new string[numbers.Count];
        for (var index = 0; index < all.Length; index++)
        {
            all[index] = Text(numbers[index]);
        }

        return all;
    }
}
