using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>Small lengths for the symbolic dimensions of a network's inputs, likely ones first.</summary>
internal static class SampleShapes
{
    private const long MostElements = 1 << 24;
    private static readonly int[] s_sides = [224, 64, 128, 96, 256, 32, 160, 320, 48, 28, 16, 512, 8, 1];
    private static readonly int[] s_lengths = [32, 16, 128, 64, 512, 100, 256, 16000, 1, 8, 48000, 4, 1024, 2, 3, 7];

    /// <summary>The shapes of all inputs, try after try; one try for a network without symbols.</summary>
    public static IEnumerable<int[][]> Of(Plan plan) => Lengths(plan).Select(values => Evaluate(plan, values)).OfType<int[][]>();

    /// <summary>The first lengths of the symbols that give shapes; empty if there are none.</summary>
    public static IReadOnlyDictionary<string, long> Likely(Plan plan) =>
        Lengths(plan).FirstOrDefault(values => Evaluate(plan, values) is not null) ?? new Dictionary<string, long>();

    private static IEnumerable<Dictionary<string, long>> Lengths(Plan plan)
    {
        string[] symbols = [.. Symbols(plan)];
        if (symbols.Length == 0)
        {
            yield return [];
            yield break;
        }
        HashSet<string> batches = [.. plan.Inputs.Where(p => p.Shape.Count > 1).Select(p => p.Shape[0].ToString())], sides = [], lengths = [];
        foreach (PlanPort port in plan.Inputs)
        {
            if (IsPicture(port)) sides.UnionWith(port.Shape.Skip(1).Select(d => d.ToString()));
            // A sound alone in a row: a name says nothing, a length of 32 is no sound.
            else if (port.Shape.Count <= 2 && port.Type == ElementType.Float32 && port.Shape.Count > 0) lengths.Add(port.Shape[^1].ToString());
        }
        int tries = Math.Max(s_sides.Length, s_lengths.Length);
        foreach (int batch in (int[])[1, 2])
            for (int t = 0; t < tries; t++)
            {
                Dictionary<string, long> values = new(StringComparer.Ordinal);
                for (int s = 0; s < symbols.Length; s++)
                {
                    string symbol = symbols[s];
                    values[symbol] = batches.Contains(symbol) ? batch
                        : sides.Contains(symbol) ? s_sides[t % s_sides.Length]
                        : lengths.Contains(symbol) && t < 3 ? new[] { 16000, 512, 4096 }[t]
                        : s_lengths[t % s_lengths.Length];
                }
                yield return values;
            }
    }

    /// <summary>Three channels or one, and two dimensions that may be those of a picture.</summary>
    public static bool IsPicture(PlanPort port)
    {
        if (port.Shape.Count != 4 || port.Type is ElementType.Bool or ElementType.String) return false;
        return IsChannels(port.Shape[1]) && IsSide(port.Shape[2]) && IsSide(port.Shape[3]) || IsInterleaved(port);
    }

    /// <summary>[N, height, width, channels].</summary>
    public static bool IsInterleaved(PlanPort port) =>
        port.Shape.Count == 4 && IsChannels(port.Shape[3]) && IsSide(port.Shape[1]) && IsSide(port.Shape[2]) && !(IsChannels(port.Shape[1]) && IsSide(port.Shape[2]) && IsSide(port.Shape[3]));

    private static bool IsChannels(Dimension dimension) => dimension is { IsConstant: true, Value: 1 or 3 or 4 };

    private static bool IsSide(Dimension dimension) => !dimension.IsConstant || dimension.Value >= 16;

    private static SortedSet<string> Symbols(Plan plan)
    {
        HashSet<string> used = new(StringComparer.Ordinal);
        foreach (Dimension dimension in plan.Inputs.SelectMany(port => port.Shape)) dimension.CollectSymbols(used);
        return new(used, StringComparer.Ordinal);
    }

    private static int[][]? Evaluate(Plan plan, IReadOnlyDictionary<string, long> symbols)
    {
        int[][] shapes = new int[plan.Inputs.Count][];
        for (int i = 0; i < shapes.Length; i++)
        {
            double elements = 1;
            shapes[i] = new int[plan.Inputs[i].Shape.Count];
            for (int d = 0; d < shapes[i].Length; d++)
            {
                long length;
                try
                {
                    length = plan.Inputs[i].Shape[d].Evaluate(symbols);
                }
                catch (ArithmeticException)
                {
                    return null;
                }
                if (length is < 0 or > MostElements) return null;
                elements *= shapes[i][d] = (int)length;
            }
            if (elements > MostElements) return null;
        }
        return shapes;
    }

    /// <summary>For messages: shapes by the names of the inputs.</summary>
    public static string Text(Plan plan, int[][] shapes) =>
        string.Join(", ", plan.Inputs.Select((port, i) => string.Create(CultureInfo.InvariantCulture, $"{port.Name} [{string.Join(",", shapes[i])}]")));
}
