using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lr2vq.Plans;

internal sealed partial class Real
{
    /// <summary>Reads floats separated by commas.</summary>
    /// <exception cref="FormatException">The text is not a list of floats.</exception>
    public static Real[] ParseList(string text) => Dimension.ParseList(text, ParseSum);

    internal static Real ParseSum(string text, ref int position, int depth)
    {
        if (depth > Dimension.MaximumDepth) throw Dimension.TooLarge("nested brackets");
        Real sum = ParseProduct(text, ref position, depth);
        while (true)
        {
            if (Dimension.Take(text, ref position, '+')) sum = Of(RealOperation.Add, sum, ParseProduct(text, ref position, depth));
            else if (Dimension.Take(text, ref position, '-')) sum = Of(RealOperation.Subtract, sum, ParseProduct(text, ref position, depth));
            else return sum;
        }
    }

    private static Real ParseProduct(string text, ref int position, int depth)
    {
        Real product = ParseFactor(text, ref position, depth);
        while (true)
        {
            if (Dimension.Take(text, ref position, '*')) product = Of(RealOperation.Multiply, product, ParseFactor(text, ref position, depth));
            else if (Dimension.Take(text, ref position, '/')) product = Of(RealOperation.Divide, product, ParseFactor(text, ref position, depth));
            else return product;
        }
    }

    private static Real ParseFactor(string text, ref int position, int depth)
    {
        int start = position;
        if (Dimension.Take(text, ref position, '#'))
        {
            string bits = Dimension.ParseWord(text, ref position);
            return bits.Length == 8 && int.TryParse(bits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number)
                ? Of(BitConverter.ToSingle(BitConverter.GetBytes(number), 0))
                : throw Dimension.Wrong(text, start);
        }
        string word = Dimension.ParseWord(text, ref position);
        if (!Dimension.Take(text, ref position, '(')) throw Dimension.Wrong(text, position);
        Real result;
        if (word == "f32") result = Of(Dimension.ParseSum(text, ref position, depth + 1));
        else if (word == "if")
        {
            Dimension condition = Dimension.ParseSum(text, ref position, depth + 1);
            Real positive = ParseNext(text, ref position, depth + 1);
            result = Choose(condition, positive, ParseNext(text, ref position, depth + 1));
        }
        else
        {
            Real first = ParseSum(text, ref position, depth + 1);
            result = word.Length == 0 ? first
                : FindOperation(word) is not { } operation ? throw Dimension.Wrong(text, start)
                : operation < RealOperation.Floor ? Of(operation, first, ParseNext(text, ref position, depth + 1))
                : Of(operation, first);
        }
        return Dimension.Take(text, ref position, ')') ? result : throw Dimension.Wrong(text, position);
    }

    private static Real ParseNext(string text, ref int position, int depth) =>
        Dimension.Take(text, ref position, ',') ? ParseSum(text, ref position, depth) : throw Dimension.Wrong(text, position);

    private static RealOperation? FindOperation(string word)
    {
        for (RealOperation operation = RealOperation.Max; operation <= RealOperation.SquareRoot; operation++)
            if (Word(operation) == word) return operation;
        return null;
    }
}
