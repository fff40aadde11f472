using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Plans;

/// <summary>Attributes of one step, as the Plan writes them: <c>key=value</c>, lists separated by commas, floats as eight hex digits
/// of their bits (so that every host reads the same value), dimensions as expressions, text as it is (no blanks).</summary>
public sealed class StepAttributes
{
    private readonly KeyValuePair<string, string>[] _pairs;

    internal StepAttributes(IEnumerable<KeyValuePair<string, string>> pairs) => _pairs = pairs.ToArray();

    internal static StepAttributes Empty { get; } = new(Array.Empty<KeyValuePair<string, string>>());

    /// <summary>Key and text of every attribute, in the Plan's order.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Pairs => _pairs;

    internal string? Find(string key)
    {
        foreach (KeyValuePair<string, string> pair in _pairs)
            if (pair.Key == key) return pair.Value;
        return null;
    }

    internal string Text(string key, string absent) => Find(key) ?? absent;

    internal bool Flag(string key) => Find(key) == "1";

    internal int Int(string key, int absent) => Find(key) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : absent;

    internal int[] Ints(string key, params int[] absent) => Find(key) is { } text
        ? text.Length == 0 ? Array.Empty<int>() : text.Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray()
        : absent;

    internal float Float(string key, float absent) => Find(key) is { } text ? FloatFromBits(text) : absent;

    internal float[] Floats(string key, params float[] absent) => Find(key) is { } text
        ? text.Length == 0 ? Array.Empty<float>() : text.Split(',').Select(FloatFromBits).ToArray()
        : absent;

    internal Dimension[] Dimensions(string key) => Find(key) is { Length: > 0 } text
        ? Dimension.ParseList(text)
        : Array.Empty<Dimension>();

    internal static string FloatToBits(float value) =>
        BitConverter.ToInt32(BitConverter.GetBytes(value), 0).ToString("X8", CultureInfo.InvariantCulture);

    private static float FloatFromBits(string hex) =>
        BitConverter.ToSingle(BitConverter.GetBytes(int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture)), 0);
}
