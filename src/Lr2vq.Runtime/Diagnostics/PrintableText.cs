using System.Text;

namespace Lr2vq.Diagnostics;

/// <summary>Names come from files of unknown origin: what a terminal would obey, or what would forge a line, is shown as <c>\u001b</c>.</summary>
internal static class PrintableText
{
    /// <summary>The text on one line, without control characters and without characters that change its direction.</summary>
    public static string Of(string text)
    {
        int first = 0;
        while (first < text.Length && !IsEscaped(text[first])) first++;
        if (first == text.Length) return text;
        var shown = new StringBuilder(text, 0, first, text.Length + 16);
        for (int i = first; i < text.Length; i++) Append(shown, text[i]);
        return shown.ToString();
    }

    /// <summary>Appends a character, escaped if need be.</summary>
    public static void Append(StringBuilder shown, char c)
    {
        if (IsEscaped(c)) shown.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
        else shown.Append(c);
    }

    /// <summary>True for control characters, separators of lines, and marks of the direction of text.</summary>
    public static bool IsEscaped(char c) => char.IsControl(c)
        || c is '\u2028' or '\u2029' or '\u200E' or '\u200F' or '\u061C' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
