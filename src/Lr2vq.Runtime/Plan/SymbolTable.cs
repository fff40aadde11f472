using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Plans;

/// <summary>Gives the symbolic dimensions of a model identifiers. Interface and Plan ask in the same order (the model's inputs, then its
/// outputs; each from the first dimension), so that they agree.</summary>
internal sealed class SymbolTable
{
    private readonly List<PlanSymbol> _symbols = new();
    private readonly Dictionary<string, string> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _identifiers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _suffixes = new(StringComparer.Ordinal);
    private int _unknown;

    /// <summary>In the order asked for.</summary>
    public IReadOnlyList<PlanSymbol> Symbols => _symbols;

    /// <summary>The dimension that the model calls <paramref name="name"/> (dim_param).</summary>
    public Dimension Named(string name)
    {
        if (!_byName.TryGetValue(name, out string? identifier))
        {
            identifier = Unused(Sanitize(name));
            _byName.Add(name, identifier);
            _symbols.Add(new PlanSymbol(identifier, name));
        }
        return Dimension.Symbol(identifier);
    }

    /// <summary>A dimension without a name: <c>d0</c>, <c>d1</c>, …</summary>
    public Dimension Unknown()
    {
        string identifier;
        do identifier = "d" + _unknown++.ToString(CultureInfo.InvariantCulture);
        while (_identifiers.Contains(identifier));
        _identifiers.Add(identifier);
        _symbols.Add(new PlanSymbol(identifier, ""));
        return Dimension.Symbol(identifier);
    }

    private string Unused(string identifier)
    {
        string candidate = identifier;
        while (!_identifiers.Add(candidate))
        {
            // Counted for each name, so that thousands that look alike stay fast.
            int number = _suffixes[identifier] = (_suffixes.TryGetValue(identifier, out int last) ? last : 1) + 1;
            candidate = identifier + "_" + number.ToString(CultureInfo.InvariantCulture);
        }
        return candidate;
    }

    private static string Sanitize(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
            text.Append(c is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' ? c : '_');
        // A name made of nothing but signs says nothing.
        string identifier = text.ToString().Trim('_');
        if (identifier.Length == 0) identifier = "n";
        if (identifier.Length > 40) identifier = identifier.Substring(0, 40);
        return Dimension.IsIdentifier(identifier) ? identifier : "n" + identifier;
    }
}
