// Linked into the MSBuild task (netstandard2.0), which must not bring a JSON library.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Protocol;

/// <summary>JSON as plain objects: <see cref="Dictionary{TKey,TValue}"/> of text, <see cref="List{T}"/> of object, string, double, bool, null.</summary>
internal static class Json
{
    private const int MaxDepth = 32;

    public static string Write(object? value)
    {
        StringBuilder text = new();
        Append(text, value);
        return text.ToString();
    }

    /// <exception cref="FormatException">The text is not JSON.</exception>
    public static object? Parse(string text)
    {
        int at = 0;
        object? value = ParseValue(text, ref at, 0);
        SkipBlanks(text, ref at);
        return at == text.Length ? value : throw Wrong(text, at);
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case bool flag: text.Append(flag ? "true" : "false"); break;
            case string word: AppendText(text, word); break;
            // JSON has neither infinities nor NaN.
            case double number when double.IsNaN(number) || double.IsInfinity(number): text.Append("null"); break;
            case double number: text.Append(number.ToString("R", CultureInfo.InvariantCulture)); break;
            case IReadOnlyDictionary<string, string> pairs: AppendPairs(text, pairs); break;
            case IEnumerable<KeyValuePair<string, object?>> pairs: AppendPairs(text, pairs); break;
            case IEnumerable<object?> items:
                text.Append('[');
                string separator = "";
                foreach (object? item in items)
                {
                    text.Append(separator);
                    Append(text, item);
                    separator = ",";
                }
                text.Append(']');
                break;
            case IFormattable number: text.Append(number.ToString(null, CultureInfo.InvariantCulture)); break;
            default: throw new ArgumentException("No JSON for " + value.GetType().Name);
        }
    }

    private static void AppendPairs<T>(StringBuilder text, IEnumerable<KeyValuePair<string, T>> pairs)
    {
        text.Append('{');
        string separator = "";
        foreach (KeyValuePair<string, T> pair in pairs)
        {
            text.Append(separator);
            AppendText(text, pair.Key);
            text.Append(':');
            Append(text, pair.Value);
            separator = ",";
        }
        text.Append('}');
    }

    private static void AppendText(StringBuilder text, string word)
    {
        text.Append('"');
        foreach (char letter in word)
        {
            if (letter is '"' or '\\') text.Append('\\').Append(letter);
            else if (letter == '\n') text.Append("\\n");
            else if (letter < ' ' || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' or '\u007F')
                text.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture));
            else text.Append(letter);
        }
        text.Append('"');
    }

    private static object? ParseValue(string text, ref int at, int depth)
    {
        SkipBlanks(text, ref at);
        if (at >= text.Length || depth > MaxDepth) throw Wrong(text, at);
        switch (text[at])
        {
            case '{': return ParseObject(text, ref at, depth);
            case '[': return ParseList(text, ref at, depth);
            case '"': return ParseText(text, ref at);
            case 't': return ParseWord(text, ref at, "true", true);
            case 'f': return ParseWord(text, ref at, "false", false);
            case 'n': return ParseWord(text, ref at, "null", null);
            default: return ParseNumber(text, ref at);
        }
    }

    private static Dictionary<string, object?> ParseObject(string text, ref int at, int depth)
    {
        Dictionary<string, object?> pairs = new(StringComparer.Ordinal);
        at++;
        SkipBlanks(text, ref at);
        if (at < text.Length && text[at] == '}')
        {
            at++;
            return pairs;
        }
        while (true)
        {
            SkipBlanks(text, ref at);
            if (at >= text.Length || text[at] != '"') throw Wrong(text, at);
            string key = ParseText(text, ref at);
            Expect(text, ref at, ':');
            pairs[key] = ParseValue(text, ref at, depth + 1);
            if (!ContinuesAfterComma(text, ref at, '}')) return pairs;
        }
    }

    private static List<object?> ParseList(string text, ref int at, int depth)
    {
        List<object?> items = new();
        at++;
        SkipBlanks(text, ref at);
        if (at < text.Length && text[at] == ']')
        {
            at++;
            return items;
        }
        while (true)
        {
            items.Add(ParseValue(text, ref at, depth + 1));
            if (!ContinuesAfterComma(text, ref at, ']')) return items;
        }
    }

    private static string ParseText(string text, ref int at)
    {
        StringBuilder word = new();
        for (at++; at < text.Length; at++)
        {
            char letter = text[at];
            if (letter == '"')
            {
                at++;
                return word.ToString();
            }
            if (letter != '\\')
            {
                word.Append(letter);
                continue;
            }
            if (++at >= text.Length) break;
            switch (text[at])
            {
                case 'n': word.Append('\n'); break;
                case 't': word.Append('\t'); break;
                case 'r': word.Append('\r'); break;
                case 'b': word.Append('\b'); break;
                case 'f': word.Append('\f'); break;
                case '"' or '\\' or '/': word.Append(text[at]); break;
                case 'u' when at + 4 < text.Length && int.TryParse(text.Substring(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code):
                    word.Append((char)code);
                    at += 4;
                    break;
                default: throw Wrong(text, at);
            }
        }
        throw Wrong(text, at);
    }

    private static object? ParseWord(string text, ref int at, string word, object? value)
    {
        if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) throw Wrong(text, at);
        at += word.Length;
        return value;
    }

    private static object ParseNumber(string text, ref int at)
    {
        int first = at;
        while (at < text.Length && (text[at] is '-' or '+' or '.' or 'e' or 'E' || (text[at] >= '0' && text[at] <= '9'))) at++;
        return double.TryParse(text.Substring(first, at - first), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw Wrong(text, first);
    }

    private static bool ContinuesAfterComma(string text, ref int at, char end)
    {
        SkipBlanks(text, ref at);
        if (at >= text.Length || (text[at] != ',' && text[at] != end)) throw Wrong(text, at);
        return text[at++] == ',';
    }

    private static void Expect(string text, ref int at, char letter)
    {
        SkipBlanks(text, ref at);
        if (at >= text.Length || text[at] != letter) throw Wrong(text, at);
        at++;
    }

    private static void SkipBlanks(string text, ref int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n') at++;
    }

    private static FormatException Wrong(string text, int at) =>
        new("Not JSON at character " + at.ToString(CultureInfo.InvariantCulture) + " of " + text.Length.ToString(CultureInfo.InvariantCulture));
}
