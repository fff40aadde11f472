using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace Lr2vq.Generator;

/// <summary>Text of others, made safe for one place in a C# file.</summary>
internal static class CSharpText
{
    /// <summary>A string literal.</summary>
    public static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true);

    /// <summary>Text of a comment: one line, whatever it holds.</summary>
    public static string Comment(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (char c in text) result.Append(char.IsControl(c) || c is '\u2028' or '\u2029' || char.IsSurrogate(c) ? '?' : c);
        return result.ToString();
    }

    /// <summary>Text of an XML document comment.</summary>
    public static string Xml(string text) => Comment(text).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");
}
