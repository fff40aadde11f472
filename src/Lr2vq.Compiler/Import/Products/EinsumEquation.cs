using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Import;

/// <summary>The equation of an Einsum: a label for each axis of each operand and of the result. An ellipsis stands for labels of its own, the same from the right for all operands.</summary>
internal sealed class EinsumEquation
{
    /// <summary>The last axis of an ellipsis; the one before it is one less.</summary>
    private const int LastOfEllipsis = -1;

    private EinsumEquation(int[][] operands, int[] result) => (Operands, Result) = (operands, result);

    public int[][] Operands { get; }
    public int[] Result { get; }

    /// <param name="text">The attribute equation.</param>
    /// <param name="ranks">Of the operands.</param>
    /// <returns>Null if it makes no sense for them.</returns>
    public static EinsumEquation? Parse(string text, int[] ranks)
    {
        string[] sides = text.Replace(" ", "", System.StringComparison.Ordinal).Split("->");
        string[] terms = sides[0].Split(',');
        if (sides.Length > 2 || terms.Length != ranks.Length) return null;
        var operands = new int[terms.Length][];
        int longest = 0;
        for (int i = 0; i < terms.Length; i++)
        {
            if (Labels(terms[i], ranks[i] - Letters(terms[i])) is not { } labels || labels.Length != ranks[i]) return null;
            operands[i] = labels;
            longest = System.Math.Max(longest, labels.Count(label => label < 0));
        }
        int[] all = [.. operands.SelectMany(labels => labels)];
        // Without a right side: the ellipsis, then what is there once, in the order of the alphabet.
        int[]? result = sides.Length == 2 ? Labels(sides[1], longest)
            : [.. Enumerable.Range(0, longest).Select(i => LastOfEllipsis - longest + 1 + i), .. all.Where(label => label >= 0 && all.Count(other => other == label) == 1).Order()];
        if (result is null || result.Distinct().Count() != result.Length || result.Any(label => !all.Contains(label))) return null;
        return new EinsumEquation(operands, result);
    }

    private static int Letters(string term) => term.Count(char.IsAsciiLetter);

    /// <param name="term">Letters, and one ellipsis at most.</param>
    /// <param name="ellipsis">How many axes an ellipsis stands for.</param>
    private static int[]? Labels(string term, int ellipsis)
    {
        var labels = new List<int>();
        bool seen = false;
        for (int i = 0; i < term.Length; i++)
            if (char.IsAsciiLetter(term[i])) labels.Add(term[i]);
            else if (!seen && ellipsis >= 0 && string.CompareOrdinal(term, i, "...", 0, 3) == 0)
            {
                for (int k = 0; k < ellipsis; k++) labels.Add(LastOfEllipsis - ellipsis + 1 + k);
                (seen, i) = (true, i + 2);
            }
            else return null;
        return [.. labels];
    }
}
