using System;

namespace Lr2vq.Codecs.Entropy;

/// <summary>From counts of symbols to frequencies that sum to 4096.</summary>
internal static class ModelFitting
{
    /// <summary>Frequencies in proportion to <paramref name="counts"/>, each at least 1; at most 4096 symbols.</summary>
    public static int[] Normalize(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (long count in counts) sum += count;
        int[] frequencies = new int[counts.Length];
        int left = SymbolModel.Total;
        for (int s = 0; s < counts.Length; s++)
        {
            frequencies[s] = Math.Max(1, sum == 0 ? 1 : (int)((counts[s] * SymbolModel.Total + sum / 2) / sum));
            left -= frequencies[s];
        }
        // What rounding gave too much or too little goes to the symbols where a unit costs least: the most frequent.
        while (left != 0)
        {
            int most = 0;
            for (int s = 1; s < frequencies.Length; s++) if (frequencies[s] > frequencies[most]) most = s;
            int change = left > 0 ? left : -Math.Min(-left, Math.Max(1, frequencies[most] / 8));
            if (frequencies[most] + change < 1) change = 1 - frequencies[most];
            frequencies[most] += change;
            left -= change;
        }
        return frequencies;
    }

    /// <summary>Bits that <paramref name="counts"/> symbols cost with <paramref name="frequencies"/>.</summary>
    public static double Cost(ReadOnlySpan<long> counts, ReadOnlySpan<int> frequencies)
    {
        double bits = 0;
        for (int s = 0; s < counts.Length; s++)
            if (counts[s] > 0) bits += counts[s] * (SymbolModel.PrecisionBits - Log2Table[frequencies[s]]);
        return bits;
    }

    private static readonly double[] Log2Table = MakeTable();

    private static double[] MakeTable()
    {
        double[] table = new double[SymbolModel.Total + 1];
        for (int f = 1; f < table.Length; f++) table[f] = ExactMath.Log2(f);
        return table;
    }
}
