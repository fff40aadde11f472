using System;
using System.Collections.Generic;

namespace Lr2vq.Plans;

internal sealed partial class Dimension
{
    /// <summary>More terms than any network's dimension has.</summary>
    internal const int MaximumTerms = 256;

    /// <summary>Longest text of one dimension.</summary>
    internal const int MaximumText = 4096;

    /// <summary>How deep parentheses nest in the text of a dimension: what is written can be read.</summary>
    internal const int MaximumDepth = 32;

    private const int MaximumDegree = 32, MaximumOperands = 16;

    /// <summary>What the text being read may still cost; null where no text is read.</summary>
    [ThreadStatic]
    private static long? s_budget;

    internal static OverflowException TooLarge(string what) => new("the expression of a dimension has too many " + what);

    /// <summary>Stops text whose simplification takes much longer than its length allows.</summary>
    private static void Spend(int work)
    {
        if (s_budget is not { } left) return;
        if (left < work) throw TooLarge("steps");
        s_budget = left - work;
    }

    /// <summary>Refuses a part of an expression whose text could not be read back.</summary>
    internal static void CheckText(string text)
    {
        if (text.Length > MaximumText) throw TooLarge("characters");
        int depth = 0, deepest = 0;
        foreach (char c in text)
            if (c == '(') deepest = Math.Max(deepest, ++depth);
            else if (c == ')') depth--;
        // In a product the whole may get brackets once more.
        if (deepest >= MaximumDepth) throw TooLarge("nested brackets");
    }

    /// <summary>Refuses a sum whose text would be too long to be read back.</summary>
    private static void CheckLength(List<Term> terms, int count)
    {
        if (count > MaximumTerms) throw TooLarge("terms");
        long length = 0;
        for (int i = 0; i < count; i++)
        {
            // A coefficient has at most twenty characters.
            length += 22;
            foreach (Atom atom in terms[i].Atoms) length += atom.Text.Length + 3;
        }
        if (length > MaximumText) throw TooLarge("characters");
    }
}
