using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lr2vq.Plans;

internal sealed partial class Dimension
{
    /// <exception cref="FormatException">The text is not an expression.</exception>
    public static Dimension Parse(string text)
    {
        Dimension[] all = ParseList(text);
        return all.Length == 1 ? all[0] : throw new FormatException("'" + Shorten(text) + "' is not one dimension");
    }

    /// <summary>Reads expressions separated by commas (commas inside brackets belong to functions).</summary>
    /// <exception cref="FormatException">The text is not a list of expressions.</exception>
    public static Dimension[] ParseList(string text) => ParseList(text, ParseSum);

    internal delegate T ParseExpression<T>(string text, ref int position, int depth);

    internal static T[] ParseList<T>(string text, ParseExpression<T> parse)
    {
        int position = 0;
        var all = new List<T>();
        try
        {
            s_budget = 4096 + 64L * text.Length;
            do all.Add(parse(text, ref position, 0));
            while (Take(text, ref position, ','));
        }
        catch (ArithmeticException)
        {
            throw new FormatException("The dimensions '" + Shorten(text) + "' leave 64 bits, divide by 0 or are too long");
        }
        finally
        {
            s_budget = null;
        }
        if (position != text.Length) throw Wrong(text, position);
        return all.ToArray();
    }

    internal static Dimension ParseSum(string text, ref int position, int depth)
    {
        if (depth > MaximumDepth) throw new FormatException("The dimensions '" + Shorten(text) + "' are nested too deeply");
        Dimension sum = ParseProduct(text, ref position, depth);
        while (true)
        {
            if (Take(text, ref position, '+')) sum += ParseProduct(text, ref position, depth);
            else if (Take(text, ref position, '-')) sum -= ParseProduct(text, ref position, depth);
            else return sum;
        }
    }

    private static Dimension ParseProduct(string text, ref int position, int depth)
    {
        Dimension product = ParseFactor(text, ref position, depth);
        while (true)
        {
            if (Take(text, ref position, '*')) product *= ParseFactor(text, ref position, depth);
            else if (Take(text, ref position, '/')) product = FloorDivide(product, ParseFactor(text, ref position, depth));
            else return product;
        }
    }

    private static Dimension ParseFactor(string text, ref int position, int depth)
    {
        bool negative = Take(text, ref position, '-');
        int start = position;
        Dimension factor;
        if (Take(text, ref position, '('))
        {
            factor = ParseSum(text, ref position, depth + 1);
            if (!Take(text, ref position, ')')) throw Wrong(text, position);
            return negative ? factor * Of(-1) : factor;
        }
        string word = ParseWord(text, ref position);
        if (word.Length == 0) throw Wrong(text, position);
        if (word[0] is >= '0' and <= '9')
        {
            // The sign belongs to the number, so that the least 64-bit number can be read.
            if (!long.TryParse(negative ? "-" + word : word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
                throw Wrong(text, start);
            return Of(number);
        }
        factor = Take(text, ref position, '(') ? ParseFunction(word, text, ref position, depth + 1) : Symbol(word);
        return negative ? factor * Of(-1) : factor;
    }

    private static Dimension ParseFunction(string word, string text, ref int position, int depth)
    {
        int start = position;
        Dimension result;
        if (word == "int")
        {
            result = Truncate(Real.ParseSum(text, ref position, depth));
        }
        else
        {
            result = ParseSum(text, ref position, depth);
            var operands = new List<Dimension>();
            while (Take(text, ref position, ',')) operands.Add(ParseSum(text, ref position, depth));
            if (word == "if" && operands.Count == 2) result = Choose(result, operands[0], operands[1]);
            else if (word is "max" or "min" or "broadcast")
                foreach (Dimension operand in operands)
                    result = word == "max" ? Max(result, operand) : word == "min" ? Min(result, operand) : Broadcast(result, operand);
            else throw Wrong(text, start - 1);
        }
        return Take(text, ref position, ')') ? result : throw Wrong(text, position);
    }

    internal static string ParseWord(string text, ref int position)
    {
        int start = position;
        while (position < text.Length && (text[position] is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '_')) position++;
        return text.Substring(start, position - start);
    }

    internal static bool Take(string text, ref int position, char expected)
    {
        if (position >= text.Length || text[position] != expected) return false;
        position++;
        return true;
    }

    internal static FormatException Wrong(string text, int position) => new(
        "'" + Shorten(text) + "' is not a dimension (character " + (position + 1).ToString(CultureInfo.InvariantCulture) + ")");

    private static string Shorten(string text) => text.Length <= 80 ? text : text.Substring(0, 77) + "...";
}
