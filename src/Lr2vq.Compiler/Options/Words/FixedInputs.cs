using System;
using System.Collections.Generic;
using Lr2vq.Plans;

namespace Lr2vq.Options;

/// <summary>What the user fixed of a model's inputs: lengths with the option Dimensions, values with the option Constants.</summary>
/// <param name="dimensions">Symbolic dimensions, by the model's name or by identifier → lengths.</param>
/// <param name="constants">Inputs, by name → the words of their values; the model does not have them any more.</param>
internal sealed class FixedInputs(IReadOnlyDictionary<string, long> dimensions, IReadOnlyDictionary<string, string> constants)
{
    private const string OfDimension = "dimension ", OfConstant = "constant ";

    public static FixedInputs None { get; } = new(new Dictionary<string, long>(), new Dictionary<string, string>());

    public IReadOnlyDictionary<string, long> Dimensions { get; } = dimensions;

    public IReadOnlyDictionary<string, string> Constants { get; } = constants;

    public static implicit operator FixedInputs(Dictionary<string, long> dimensions) => new(dimensions, None.Constants);

    /// <summary>What of it an artifact records in its options.</summary>
    public static FixedInputs Of(IEnumerable<KeyValuePair<string, string>> options)
    {
        var dimensions = new Dictionary<string, long>(StringComparer.Ordinal);
        var constants = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, string> option in options)
        {
            if (option.Key.StartsWith(OfConstant, StringComparison.Ordinal)) constants[option.Key.Substring(OfConstant.Length)] = option.Value;
            else if (option.Key.StartsWith(OfDimension, StringComparison.Ordinal) && long.TryParse(option.Value, out long length))
                dimensions[option.Key.Substring(OfDimension.Length)] = length;
        }
        return new FixedInputs(dimensions, constants);
    }

    /// <summary>As artifacts record it and caches know it: the same for equal ones.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToPairs()
    {
        foreach (string symbol in Sorted(Dimensions.Keys)) yield return new(OfDimension + symbol, Dimensions[symbol].ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (string input in Sorted(Constants.Keys)) yield return new(OfConstant + input, Constants[input].Replace(" ", ""));
    }

    /// <summary>The key under which a symbol has a length; null if it is not fixed.</summary>
    public string? KeyOf(PlanSymbol symbol) => symbol.Name.Length > 0 && Dimensions.ContainsKey(symbol.Name) ? symbol.Name
        : Dimensions.ContainsKey(symbol.Identifier) ? symbol.Identifier : null;

    private static List<string> Sorted(IEnumerable<string> names)
    {
        var sorted = new List<string>(names);
        sorted.Sort(StringComparer.Ordinal);
        return sorted;
    }
}
