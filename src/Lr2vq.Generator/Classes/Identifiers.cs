using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Generator;

/// <summary>C# identifiers from names that were made for something else: files, ONNX values, root namespaces. Never depends on the
/// culture.</summary>
internal static class Identifiers
{
    private static readonly HashSet<string> s_keywords = new()
    {
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal",
        "default", "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for",
        "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long", "namespace", "new", "null",
        "object", "operator", "out", "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte",
        "sealed", "short", "sizeof", "stackalloc", "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof",
        "uint", "ulong", "unchecked", "unsafe", "ushort", "using", "virtual", "void", "volatile", "while",
        "__arglist", "__makeref", "__reftype", "__refvalue",
        // Not keywords everywhere, but not allowed, or confusing, as the name of a type or a parameter.
        "await", "dynamic", "field", "file", "nint", "nuint", "record", "required", "scoped", "var", "yield",
    };

    /// <summary>Members that every generated class has; a class cannot be named like one of its members.</summary>
    private static readonly HashSet<string> s_members = new()
    {
        "CheckInput", "CheckOutput", "CheckPicture", "ClassNames", "Create", "CreateSession", "Dispose", "Equals", "Execute", "Finalize", "GetHashCode", "GetType", "IModel", "Info", "Labels", "Load", "MemberwiseClone",
        "Names", "Predict", "PredictAsync", "ReferenceEquals", "Rent", "RentAsync", "RequireSteps", "Return", "Session", "Structure", "ToString", "TryGetOutputShape",
        "TopK", "TopKAsync", "TopOf", "TryGetOutputShapes",
    };

    /// <summary>True if the text is one identifier, written without <c>@</c>, that is no keyword.</summary>
    public static bool IsValid(string text)
    {
        if (text.Length == 0 || !IsStart(text[0]) || s_keywords.Contains(text)) return false;
        foreach (char c in text)
            if (!IsPart(c)) return false;
        return true;
    }

    /// <summary>True if the text is a valid name of a generated class.</summary>
    public static bool IsValidClass(string text) => IsValid(text) && !s_members.Contains(text);

    /// <summary>True if the text is a namespace: identifiers with dots between; empty is the global namespace.</summary>
    public static bool IsValidNamespace(string text)
    {
        if (text.Length == 0) return true;
        foreach (string part in text.Split('.'))
            if (!IsValid(part) && !s_keywords.Contains(part)) return false;
        return true;
    }

    /// <summary>The class for a file: <c>mobilenet_v2_1.0</c> gives <c>MobilenetV2_1_0</c>, <c>123</c> gives <c>Model123</c>.</summary>
    public static string Class(string fileStem)
    {
        string name = Pascal(fileStem, "Model");
        return s_members.Contains(name) ? name + "Model" : name;
    }

    /// <summary>A namespace from any text, part by part: <c>my-app.1</c> gives <c>my_app._1</c>.</summary>
    public static string Namespace(string text)
    {
        var result = new StringBuilder();
        foreach (string part in text.Split('.'))
        {
            if (part.Length == 0) continue;
            if (result.Length > 0) result.Append('.');
            if (!IsStart(part[0])) result.Append('_');
            foreach (char c in part) result.Append(IsPart(c) ? c : '_');
        }
        return result.ToString();
    }

    /// <summary>A member name: <c>softmax_11.tmp_0</c> gives <c>Softmax11Tmp0</c>.</summary>
    /// <param name="name">Any text.</param>
    /// <param name="fallback">Goes in front where the name does not start with a letter, and stands for a name without any.</param>
    public static string Pascal(string name, string fallback)
    {
        string joined = Join(name, lowerFirst: false);
        if (joined.Length > 0 && IsStart(joined[0]) && joined[0] != '_') return joined;
        return fallback + joined;
    }

    /// <summary>A parameter name: <c>softmax_11.tmp_0</c> gives <c>softmax11Tmp0</c>. It may be a keyword; see <see cref="Escape"/>.</summary>
    public static string Camel(string name, string fallback)
    {
        string joined = Join(name, lowerFirst: true);
        if (joined.Length > 0 && IsStart(joined[0]) && joined[0] != '_') return joined;
        return fallback + joined;
    }

    /// <summary>The identifier as source text: keywords get an <c>@</c>.</summary>
    public static string Escape(string identifier) => s_keywords.Contains(identifier) ? "@" + identifier : identifier;

    /// <summary>A namespace as source text.</summary>
    public static string EscapeNamespace(string text)
    {
        string[] parts = text.Split('.');
        for (int i = 0; i < parts.Length; i++) parts[i] = Escape(parts[i]);
        return string.Join(".", parts);
    }

    private static string Join(string name, bool lowerFirst)
    {
        var result = new StringBuilder();
        foreach (string word in Words(name))
        {
            if (result.Length > 0 && IsDigit(result[result.Length - 1]) && IsDigit(word[0])) result.Append('_');
            if (result.Length > 0 || !lowerFirst) result.Append(char.ToUpperInvariant(word[0])).Append(word, 1, word.Length - 1);
            else if (word == word.ToUpperInvariant()) result.Append(word.ToLowerInvariant());
            else result.Append(char.ToLowerInvariant(word[0])).Append(word, 1, word.Length - 1);
        }
        return result.ToString();
    }

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool inside = i < text.Length && text[i] != '_' && IsPart(text[i]);
            if (inside && start < 0) start = i;
            if (inside || start < 0) continue;
            words.Add(text.Substring(start, i - start));
            start = -1;
        }
        return words;
    }

    private static bool IsDigit(char c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.DecimalDigitNumber;

    private static bool IsStart(char c) => c == '_' || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.UppercaseLetter
        or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber;

    private static bool IsPart(char c) => IsStart(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
