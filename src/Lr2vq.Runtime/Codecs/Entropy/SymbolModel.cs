using System;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Frequencies of the symbols of a static rANS coder. They sum to 4096 and none is 0.</summary>
/// <remarks>Symbol s stands for level <see cref="Low"/> + s; with <see cref="HasEscape"/> the last symbol announces a level outside
/// [Low, High], which follows in the escape bits. At most 256 symbols.</remarks>
internal sealed class SymbolModel
{
    public const int PrecisionBits = 12;
    public const int Total = 1 << PrecisionBits;
    public const int MaxSymbols = 256;

    private const int ScaleSteps = 256, ShapeSteps = 16;

    private SymbolModel(int low, bool hasEscape, int[] frequencies, int scale, int shape)
    {
        (Low, HasEscape, Frequencies, Scale, Shape) = (low, hasEscape, frequencies, scale, shape);
        Starts = new int[frequencies.Length];
        for (int s = 1; s < frequencies.Length; s++) Starts[s] = Starts[s - 1] + frequencies[s - 1];
    }

    public int Low { get; }
    public int High => Low + Frequencies.Length - (HasEscape ? 2 : 1);
    public bool HasEscape { get; }
    public int[] Frequencies { get; }
    public int[] Starts { get; }
    /// <summary>Parameters of a parametric model; a scale of −1 means that the frequencies are written one by one.</summary>
    public int Scale { get; }
    public int Shape { get; }

    /// <summary>Number of different parametric scales and shapes.</summary>
    public static (int Scales, int Shapes) Grid => (ScaleSteps, ShapeSteps);

    /// <summary>Frequencies one by one.</summary>
    public static SymbolModel Explicit(int low, bool hasEscape, int[] frequencies) => new(low, hasEscape, frequencies, -1, 0);

    /// <summary>A generalized Gaussian, p(q) ∝ exp(−(|q|/α)^β), sampled at the levels: two numbers instead of a table.</summary>
    /// <param name="scale">α = 2^(scale/16 − 4).</param>
    /// <param name="shape">β = 0.4 + 0.15·shape.</param>
    public static SymbolModel Parametric(int low, int high, bool hasEscape, int scale, int shape)
    {
        int levels = high - low + 1, symbols = levels + (hasEscape ? 1 : 0);
        // Levels of one magnitude are equally frequent.
        int least = low > 0 ? low : high < 0 ? -high : 0;
        double[] density = Densities(least, Math.Max(Math.Abs(low), Math.Abs(high)), scale / 16.0 - 4, 0.4 + 0.15 * shape);
        double sum = 0;
        for (int s = 0; s < levels; s++) sum += density[Math.Abs(low + s) - least];
        int[] frequencies = new int[symbols];
        int left = Total, largest = 0;
        for (int s = 0; s < levels; s++)
        {
            frequencies[s] = 1 + (sum > 0 ? (int)(density[Math.Abs(low + s) - least] / sum * (Total - symbols)) : 0);
            left -= frequencies[s];
            if (frequencies[s] > frequencies[largest]) largest = s;
        }
        if (hasEscape)
        {
            frequencies[levels] = 1;
            left--;
        }
        frequencies[largest] += left;
        return new SymbolModel(low, hasEscape, frequencies, scale, shape);
    }

    /// <summary>exp(−(q/α)^β) for q from <paramref name="least"/> to <paramref name="most"/>.</summary>
    private static double[] Densities(int least, int most, double logScale, double exponent)
    {
        double[] values = new double[most - least + 1];
        for (int i = 0; i < values.Length; i++) values[i] = Math.Max(1, least + i);
        ExactMath.Log2(values);
        foreach (ref double value in values.AsSpan()) value = Math.Min(20, exponent * (value - logScale));
        ExactMath.Exp2(values);
        if (least == 0) values[0] = 0;
        foreach (ref double value in values.AsSpan()) value = -1.4426950408889634 * value;
        ExactMath.Exp2(values);
        return values;
    }

    public void Write(BitWriter writer)
    {
        writer.SignedGolomb(Low, 5);
        writer.Golomb((uint)(Frequencies.Length - 1), 5);
        writer.Bits(HasEscape ? 1u : 0u, 1);
        writer.Bits(Scale >= 0 ? 1u : 0u, 1);
        if (Scale >= 0)
        {
            writer.Bits((uint)Scale, 8);
            writer.Bits((uint)Shape, 4);
            return;
        }
        int before = 1;
        for (int s = 0; s < Frequencies.Length - 1; s++)
        {
            writer.SignedGolomb(Frequencies[s] - before, Order(before));
            before = Frequencies[s];
        }
    }

    /// <summary>Null if the bits are no model.</summary>
    public static SymbolModel? TryRead(ref BitReader reader)
    {
        int low = reader.SignedGolomb(5);
        uint last = reader.Golomb(5);
        bool hasEscape = reader.Bits(1) == 1;
        bool parametric = reader.Bits(1) == 1;
        if (reader.Overrun || last >= MaxSymbols || low < short.MinValue || low > short.MaxValue || (hasEscape && last == 0)) return null;
        int symbols = (int)last + 1, high = low + symbols - (hasEscape ? 2 : 1);
        if (high > short.MaxValue) return null;
        if (parametric)
        {
            int scale = (int)reader.Bits(8), shape = (int)reader.Bits(4);
            return reader.Overrun ? null : Parametric(low, high, hasEscape, scale, shape);
        }
        int[] frequencies = new int[symbols];
        int before = 1, left = Total;
        for (int s = 0; s < symbols - 1; s++)
        {
            long frequency = before + (long)reader.SignedGolomb(Order(before));
            if (reader.Overrun || frequency < 1 || frequency >= left) return null;
            frequencies[s] = before = (int)frequency;
            left -= before;
        }
        frequencies[symbols - 1] = left;
        return new SymbolModel(low, hasEscape, frequencies, -1, 0);
    }

    private static int Order(int before) => Math.Max(0, System.Numerics.BitOperations.Log2((uint)before) - 1);
}
