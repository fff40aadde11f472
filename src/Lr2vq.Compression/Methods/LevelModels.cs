using System;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>The cheapest frequencies for the levels of one coefficient: a table, or two numbers that describe one; with or without escapes.</summary>
internal static class LevelModels
{
    // A table of frequencies pays for itself above so many levels; the description by two numbers is not even tried.
    private const long ManyLevels = 200_000;

    /// <summary>Model, and the bits that table, levels and escapes take with it.</summary>
    /// <param name="reach">Largest |level| that may do without an escape.</param>
    public static (SymbolModel Model, double Bits) Fit(LevelHistogram counts, int reach = short.MaxValue)
    {
        SymbolModel? best = null;
        double least = double.MaxValue;
        long[] dropped = [0, counts.Total >> 14, counts.Total >> 12, counts.Total >> 10];
        long before = -1;
        foreach (long tail in dropped)
        {
            if (tail == before) continue;
            before = tail;
            (int low, int high) = Trim(counts, tail);
            (low, high) = (Math.Max(low, -reach), Math.Min(high, reach));
            if (high - low + 2 > SymbolModel.MaxSymbols) (low, high) = (Math.Max(low, -126), Math.Min(high, 126));
            if (high < low) low = high = 0;
            bool hasEscape = low > counts.Low || high < counts.High;
            long[] symbols = Symbols(counts, low, high, hasEscape, out double escapeBits);
            Consider(SymbolModel.Explicit(low, hasEscape, ModelFitting.Normalize(symbols)), symbols, escapeBits, ref best, ref least);
            if (counts.Total < ManyLevels) Consider(Parametric(low, high, hasEscape, symbols), symbols, escapeBits, ref best, ref least);
        }
        return (best!, least);
    }

    /// <summary>Bits for the table of <paramref name="model"/>.</summary>
    public static long TableBits(SymbolModel model)
    {
        var writer = new BitWriter();
        model.Write(writer);
        return writer.Length;
    }

    private static void Consider(SymbolModel model, long[] symbols, double escapeBits, ref SymbolModel? best, ref double least)
    {
        double bits = TableBits(model) + escapeBits + ModelFitting.Cost(symbols, model.Frequencies);
        if (bits >= least) return;
        (best, least) = (model, bits);
    }

    /// <summary>The range that leaves at most <paramref name="tail"/> levels outside on each side.</summary>
    private static (int Low, int High) Trim(LevelHistogram counts, long tail)
    {
        int low = counts.Low, high = counts.High;
        for (long outside = 0; low < high && (outside += counts[low]) <= tail; low++) { }
        for (long outside = 0; high > low && (outside += counts[high]) <= tail; high--) { }
        return (low, high);
    }

    private static long[] Symbols(LevelHistogram counts, int low, int high, bool hasEscape, out double escapeBits)
    {
        long[] symbols = new long[high - low + 1 + (hasEscape ? 1 : 0)];
        escapeBits = 0;
        for (int level = counts.Low; level <= counts.High; level++)
        {
            long count = counts[level];
            if (count == 0) continue;
            if (level >= low && level <= high)
            {
                symbols[level - low] = count;
                continue;
            }
            symbols[^1] += count;
            escapeBits += count * (double)LevelStream.EscapeBits(level > high ? level - high : low - level);
        }
        return symbols;
    }

    /// <summary>Walks downhill over the two numbers from a start that the counts' mean gives.</summary>
    private static SymbolModel Parametric(int low, int high, bool hasEscape, long[] symbols)
    {
        double sum = 0, total = 0;
        for (int s = 0; s <= high - low; s++)
        {
            sum += symbols[s] * (double)Math.Abs(low + s);
            total += symbols[s];
        }
        (int scales, int shapes) = SymbolModel.Grid;
        double mean = Math.Max(sum / Math.Max(1, total), 0.02);
        int shape = 8, scale = Math.Clamp((int)Math.Round(16 * (ExactMath.Log2(mean * 1.6) + 4)), 0, scales - 1);
        SymbolModel best = SymbolModel.Parametric(low, high, hasEscape, scale, shape);
        double least = ModelFitting.Cost(symbols, best.Frequencies);
        for (int step = 8; step >= 1;)
        {
            bool moved = false;
            for (int direction = 0; direction < 4; direction++)
            {
                int nextScale = scale + (direction == 0 ? step : direction == 1 ? -step : 0);
                int nextShape = shape + (direction == 2 ? (step + 1) / 2 : direction == 3 ? -(step + 1) / 2 : 0);
                if (nextScale < 0 || nextScale >= scales || nextShape < 0 || nextShape >= shapes) continue;
                SymbolModel model = SymbolModel.Parametric(low, high, hasEscape, nextScale, nextShape);
                double bits = ModelFitting.Cost(symbols, model.Frequencies);
                if (bits >= least) continue;
                (best, least, scale, shape, moved) = (model, bits, nextScale, nextShape, true);
            }
            if (!moved) step /= 2;
        }
        return best;
    }
}
