using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lr2vq.Plans;

/// <summary>Attributes of one step, as the Plan writes them: <c>key=value</c>, lists separated by commas, floats as eight hex digits
/// of their bits (so that every host reads the same value), dimensions as expressions, text as it is (no blanks).</summary>
/// <remarks>The getters throw <see cref="FormatException"/> for text that is not what they read, and nothing else.</remarks>
public sealed class StepAttributes
{
    private readonly KeyValuePair<string, string>[] _pairs;

    internal StepAttributes(IEnumerable<KeyValuePair<string, string>> pairs) : this(new List<KeyValuePair<string, string>>(pairs))
    {
    }

    internal StepAttributes(List<KeyValuePair<string, string>> pairs) => _pairs = pairs.ToArray();

    internal static StepAttributes Empty { get; } = new(new List<KeyValuePair<string, string>>());

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

    internal int Int(string key, int absent) => Find(key) is { } text ? ReadInt(key, text) : absent;

    internal int[] Ints(string key, params int[] absent)
    {
        if (Find(key) is not { } text) return absent;
        if (text.Length == 0) return Array.Empty<int>();
        string[] parts = text.Split(',');
        int[] values = new int[parts.Length];
        for (int i = 0; i < values.Length; i++) values[i] = ReadInt(key, parts[i]);
        return values;
    }

    internal float Float(string key, float absent) => Find(key) is { } text ? ReadFloat(key, text) : absent;

    internal float[] Floats(string key, params float[] absent)
    {
        if (Find(key) is not { } text) return absent;
        if (text.Length == 0) return Array.Empty<float>();
        string[] parts = text.Split(',');
        float[] values = new float[parts.Length];
        for (int i = 0; i < values.Length; i++) values[i] = ReadFloat(key, parts[i]);
        return values;
    }

    internal Dimension[] Dimensions(string key) => Find(key) is { Length: > 0 } text
        ? Dimension.ParseList(text)
        : Array.Empty<Dimension>();

    internal Real[] Reals(string key) => Find(key) is { Length: > 0 } text ? Real.ParseList(text) : Array.Empty<Real>();

    internal static string FloatToBits(float value) =>
        BitConverter.ToInt32(BitConverter.GetBytes(value), 0).ToString("X8", CultureInfo.InvariantCulture);

    private static int ReadInt(string key, string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new FormatException("Attribute " + key + " is '" + text + "', not a 32-bit number");

    private static float ReadFloat(string key, string hex) =>
        hex.Length == 8 && int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int bits)
            ? BitConverter.ToSingle(BitConverter.GetBytes(bits), 0)
            : throw new FormatException("Attribute " + key + " is '" + hex + "', not the eight hex digits of a number");
}
