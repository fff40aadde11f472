using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>The values that the option Constants gives an input: one for all its elements, or as many as it has.</summary>
internal sealed class InputConstant
{
    /// <summary>Longer lists belong into the model.</summary>
    public const int MostValues = 4096;

    private const string TrueWord = "true", FalseWord = "false";

    private InputConstant(long[] integers, double[] reals) => (Integers, Reals) = (integers, reals);

    /// <summary>The values of an input of integers or truth values; the bits of those above 2⁶³. Empty for floats.</summary>
    public long[] Integers { get; }

    /// <summary>The values of an input of floats, each one that f32 holds unless the input is f64; empty for others.</summary>
    public double[] Reals { get; }

    /// <summary>How many values there are.</summary>
    public int Count => Math.Max(Integers.Length, Reals.Length);

    /// <summary>Reads <c>16000</c>, <c>0.5,1.5</c> or <c>true,false</c>.</summary>
    /// <param name="input">The input's name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="shape">Its shape, with the lengths that are fixed.</param>
    /// <param name="words">What the user wrote.</param>
    /// <param name="problem">What is wrong; null if nothing is.</param>
    /// <returns>Null if something is wrong.</returns>
    public static InputConstant? Read(string input, ElementType type, IReadOnlyList<Dimension> shape, string words, out Diagnostic? problem)
    {
        var symbols = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Dimension dimension in shape) dimension.CollectSymbols(symbols);
        InputConstant? constant = Read(words, type, out string reason);
        string remedy = "Give one value, or as many as the input has elements, as in Constants=\"" + input + "=" + Example(type) + "\"";
        if (constant is not null && symbols.Count > 0)
        {
            reason = "its shape is not known";
            remedy = "Fix its dimensions too, as in Dimensions=\"" + string.Join(";", symbols.Select(symbol => symbol + "=1")) + "\"";
        }
        else if (constant is { Count: > 1 } && !IsFull(constant.Count, shape))
            reason = "there are " + constant.Count.ToString(CultureInfo.InvariantCulture) + " values";
        string form = ElementTypes.Word(type) + " [" + string.Join(",", shape) + "]";
        problem = reason.Length == 0 ? null
            : DiagnosticCatalogue.ConstantInvalid.At(new DiagnosticPlace { Option = "Constants" }, input, form, words.Length <= 40 ? words : words.Substring(0, 40) + "…", reason, remedy);
        return problem is null ? constant : null;
    }

    private static InputConstant? Read(string words, ElementType type, out string reason)
    {
        string[] parts = words.Split(',');
        reason = type == ElementType.String ? "it is text"
            : ElementTypes.IsNarrowFloat(type) ? "it is a float of 4 or 8 bits, for which there are no words"
            : type == ElementType.Undefined ? "the model does not say its type"
            : parts.Length > MostValues ? "there are more than " + MostValues.ToString(CultureInfo.InvariantCulture) + " values" : "";
        if (reason.Length > 0) return null;
        bool isFloat = ElementTypes.IsFloat(type);
        var constant = new InputConstant(new long[isFloat ? 0 : parts.Length], new double[isFloat ? parts.Length : 0]);
        for (int i = 0; i < parts.Length; i++)
        {
            string word = parts[i].Trim();
            if (isFloat ? TryReal(word, type, out constant.Reals[i]) : TryInteger(word, type, out constant.Integers[i])) continue;
            reason = "'" + word + "' is no " + (isFloat ? "number" : type == ElementType.Bool ? "truth value" : "whole number") + " that " + ElementTypes.Word(type) + " holds";
            return null;
        }
        return constant;
    }

    private static bool IsFull(int count, IReadOnlyList<Dimension> shape)
    {
        long elements = 1;
        foreach (Dimension dimension in shape)
        {
            if (dimension.Value == 0) return false;
            elements *= dimension.Value;
            if (elements > count) return false;
        }
        return elements == count;
    }

    private static string Example(ElementType type) => type == ElementType.Bool ? "true" : ElementTypes.IsFloat(type) ? "0.5" : "1";

    private static bool TryReal(string word, ElementType type, out double value)
    {
        if (type == ElementType.Float64) return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && !IsTooLarge(word, value);
        bool isGood = float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out float single) && !IsTooLarge(word, single);
        value = single;
        return isGood && (type != ElementType.Float16 || double.IsInfinity(value) || !(Math.Abs(value) >= 65520));
    }

    /// <summary>Whether digits became infinite.</summary>
    private static bool IsTooLarge(string word, double value) => double.IsInfinity(value) && word.IndexOfAny(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) >= 0;

    private static bool TryInteger(string word, ElementType type, out long value)
    {
        if (type == ElementType.Bool && (word.Equals(TrueWord, StringComparison.OrdinalIgnoreCase) || word.Equals(FalseWord, StringComparison.OrdinalIgnoreCase)))
        {
            value = word.Length == TrueWord.Length ? 1 : 0;
            return true;
        }
        if (type == ElementType.UInt64)
        {
            bool isGood = ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong bits);
            value = unchecked((long)bits);
            return isGood;
        }
        if (!long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)) return false;
        return type switch
        {
            ElementType.Int64 => true,
            ElementType.Int32 => value == (int)value,
            ElementType.Int16 => value == (short)value,
            ElementType.Int8 => value == (sbyte)value,
            ElementType.UInt32 => value == (uint)value,
            ElementType.UInt16 => value == (ushort)value,
            ElementType.UInt8 => value == (byte)value,
            ElementType.UInt4 => value is >= 0 and <= 15,
            ElementType.Int4 => value is >= -8 and <= 7,
            ElementType.Bool => value is 0 or 1,
            _ => false,
        };
    }
}
