using System;
using System.Collections.Generic;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>Uniform levels with a step relative to the root mean square of each row, entropy-coded (ECSQ); for k×k kernels in the basis of
/// the principal components of the taps (TC-ECSQ), or with frequencies for each tap, where that is worth its bytes.</summary>
internal static class TransformCoding
{
    /// <summary>Largest |level|.</summary>
    public const int LargestLevel = 32000;

    // With finer levels a basis whose sums stay exact would be too coarse: rounding it would be the larger error.
    private const int LargestLevelOfBasis = 5000;

    // Bits of an error of one squared step: the slope of fine uniform levels.
    private const double BitsOfError = 12 / 1.3862943611198906;

    // Most weights of a tensor whose forms are tried.
    private const int SmallTensor = 1 << 16;

    // About the bits of the second table that a trellis has for each coefficient.
    private const int BitsOfTable = 24;

    // Beyond so many levels the density within a cell is flat.
    private const int LargestShiftedLevel = 200;

    /// <summary>How the levels of a tensor are formed.</summary>
    /// <param name="Contexts">1 or taps.</param>
    /// <param name="Basis">Rows are directions over the taps, eigenvalues falling; null for none.</param>
    /// <param name="IsCommon">Other tensors have the same basis, and the file has it once.</param>
    internal sealed record Form(int Contexts, double[]? Basis, bool IsCommon = false)
    {
        /// <summary>Bytes of a basis that is this tensor's alone.</summary>
        public int BasisBytes => Basis is null || IsCommon ? 0 : 2 * Basis.Length;
    }

    /// <summary>Most bits of a basis that is shared: few enough that tensors with different levels have the same bytes.</summary>
    public const int BitsOfCommon = 12;

    /// <summary>True for kernels that a basis is made for.</summary>
    public static bool MayHaveBasis(int taps) => taps is > 1 and <= TransformTensor.MaxCoefficients;

    /// <summary>Decides which form takes the fewest bytes: by the variances of taps and principal components, and for small tensors, where tables
    /// and a basis count, by what levels of this step would take.</summary>
    /// <param name="normalized">Canonical weights divided by their scales.</param>
    /// <param name="step">The step, or a guess of it: variance below step²/12 costs nothing.</param>
    /// <param name="spec">Whether a basis is forced or forbidden, and a trellis allowed.</param>
    /// <param name="common">A basis that other tensors have, too; null for none.</param>
    public static Form Choose(ReadOnlySpan<float> normalized, PanelOrder order, double step, TensorSpec spec, Lazy<CommonBasis>? common)
    {
        int taps = order.Taps;
        Form plain = new(1, null), byTap = new(taps, null);
        if (!MayHaveBasis(taps)) return plain;
        double[] gram = Gram(normalized, taps);
        long subvectors = normalized.Length / taps;
        (double[] values, double[] vectors) = SymmetricEigen.Solve(gram, taps);
        Form own = new(taps, vectors);
        bool fits = spec.Basis != false && Largest(normalized) * Math.Sqrt(taps) / step <= LargestLevelOfBasis;
        if (normalized.Length <= SmallTensor)
        {
            List<Form> forms = fits && spec.Basis == true ? [] : [plain, byTap];
            if (fits) forms.Add(own);
            if (fits && common is not null) forms.Add(new Form(taps, common.Value.Vectors, true));
            Form best = forms[0];
            double least = double.MaxValue;
            foreach (Form form in forms)
            {
                double cost = Cost(normalized, form, taps, step, spec.Trellis) + (form.IsCommon ? 16.0 * taps * taps / common!.Value.Weights : 0);
                if (cost < least) (best, least) = (form, cost);
            }
            return best;
        }
        double floor = step * step / 12, bitsByTap = 0, bitsByComponent = 0, trace = 0;
        for (int t = 0; t < taps; t++)
        {
            trace += gram[t * taps + t] / subvectors;
            bitsByTap += HalfLog(gram[t * taps + t] / subvectors, floor);
            bitsByComponent += HalfLog(values[t] / subvectors, floor);
        }
        double bitsPlain = taps * HalfLog(trace / taps, floor);
        // Side information: about 3 bytes for a description of frequencies.
        double plainBytes = subvectors * bitsPlain / 8, tapBytes = subvectors * bitsByTap / 8 + 3 * (taps - 1);
        double basisBytes = subvectors * bitsByComponent / 8 + 3 * (taps - 1) + own.BasisBytes;
        if (fits && (spec.Basis ?? basisBytes < Math.Min(plainBytes, tapBytes))) return own;
        return spec.Basis != false && tapBytes < plainBytes ? byTap : plain;
    }

    /// <summary>Bits of levels, tables and basis, and the error in the bits that it would take to be without.</summary>
    private static double Cost(ReadOnlySpan<float> normalized, Form form, int taps, double step, bool trellis)
    {
        float[] coefficients = normalized.ToArray();
        Rotate(coefficients, form, taps);
        LevelHistogram[] counts = new LevelHistogram[form.Contexts];
        for (int c = 0; c < counts.Length; c++) counts[c] = new LevelHistogram();
        float inverse = (float)(1 / step);
        double error = 0;
        for (int i = 0; i < coefficients.Length; i++)
        {
            int level = Math.Clamp(LevelOf(coefficients[i], inverse), -LargestLevel - 1, LargestLevel + 1);
            counts[form.Contexts == 1 ? 0 : i % taps].Add(level);
            double difference = level - (double)coefficients[i] * inverse;
            error += difference * difference;
        }
        double bits = 8 * form.BasisBytes + error * BitsOfError + (trellis ? BitsOfTable * form.Contexts : 0);
        foreach (LevelHistogram histogram in counts) bits += LevelModels.Fit(histogram).Bits;
        return bits;
    }

    /// <summary>Coefficients of normalized weights in a basis, in place.</summary>
    public static void Rotate(Span<float> normalized, Form form, int taps)
    {
        if (form.Basis is null) return;
        float[] basis = new float[taps * taps];
        for (int i = 0; i < basis.Length; i++) basis[i] = (float)form.Basis[i];
        Span<float> coefficients = stackalloc float[taps];
        for (int n = 0; n < normalized.Length; n += taps)
        {
            Span<float> subvector = normalized.Slice(n, taps);
            for (int c = 0; c < taps; c++)
            {
                ReadOnlySpan<float> direction = basis.AsSpan(c * taps, taps);
                float sum = 0f;
                for (int t = 0; t < direction.Length; t++) sum += subvector[t] * direction[t];
                coefficients[c] = sum;
            }
            coefficients.CopyTo(subvector);
        }
    }

    /// <summary>Packed levels, and Σ(coefficient − what it decodes to)².</summary>
    internal readonly record struct Coded(EncodedTensor Tensor, double Error)
    {
        /// <summary>Bits, and the error in the bits that it would take to be without: the slope of fine uniform levels.</summary>
        public double Cost(double step) => 8.0 * TensorLengths.Of(Tensor).Payload + Error * BitsOfError / (step * step);
    }

    /// <summary>Rounds coefficients [row, input, coefficient] to levels and packs them.</summary>
    public static Coded Encode(TensorIdentity identity, ReadOnlySpan<float> coefficients, WeightScales scales, Form form, double step, CancellationToken cancellation = default)
    {
        PanelOrder order = PanelOrder.Of(identity.Canonical);
        float largest = Largest(coefficients);
        float delta = (float)Math.Max(step, largest / LargestLevel);
        short[] levels = Levels(coefficients, order, delta, form.Contexts, cancellation, out LevelHistogram[] counts, out double[] inward, out double error);
        int highest = 0;
        foreach (LevelHistogram histogram in counts) highest = Math.Max(highest, Math.Max(histogram.High, -histogram.Low));
        byte[] shifts = highest <= LargestShiftedLevel ? Shifts(counts, inward) : [];
        return new Coded(TransformTensor.Pack(identity, Factors(form, counts, order.Taps, scales.Rows, scales.Columns, delta, shifts, levels), cancellation), error);
    }

    /// <summary>What is packed of levels that are found: the basis in fixed point, and the cheapest frequencies.</summary>
    public static TransformFactors Factors(Form form, LevelHistogram[] counts, int taps, float[] rows, int[] columns, float step, byte[] shifts, short[] levels)
    {
        int highest = 0;
        foreach (LevelHistogram histogram in counts) highest = Math.Max(highest, Math.Max(histogram.High, -histogram.Low));
        (short[] basis, int bits) = Fixed(form, taps, highest, shifts.Length > 0);
        return new TransformFactors
        {
            RowScales = rows,
            Columns = columns,
            Step = step,
            Basis = basis,
            BasisBits = bits,
            Shifts = shifts,
            Levels = levels,
            Models = Array.ConvertAll(counts, histogram => LevelModels.Fit(histogram).Model),
        };
    }

    /// <summary>The basis in fixed point, with as many bits as keep every sum exact.</summary>
    public static (short[] Basis, int Bits) Fixed(Form form, int taps, int highest, bool shifted)
    {
        if (form.Basis is null) return ([], 0);
        int most = TransformTensor.MaxBasisBits(highest, taps, shifted), bits = form.IsCommon ? Math.Min(most, BitsOfCommon) : most, one = 1 << bits;
        return (Array.ConvertAll(form.Basis, b => (short)Math.Round(b * one)), bits);
    }

    /// <summary>The largest |coefficient|.</summary>
    public static float Largest(ReadOnlySpan<float> coefficients)
    {
        float largest = 0f;
        foreach (float y in coefficients) largest = Math.Max(largest, Math.Abs(y));
        return largest;
    }

    /// <summary>Level of y: to nearest, halves to even.</summary>
    public static int LevelOf(float y, float inverseStep) => (int)MathF.Round(y * inverseStep);

    private static short[] Levels(ReadOnlySpan<float> coefficients, PanelOrder order, float step, int contexts, CancellationToken cancellation, out LevelHistogram[] counts,
        out double[] inward, out double error)
    {
        error = 0;
        short[] levels = new short[order.StoredLength];
        counts = new LevelHistogram[contexts];
        inward = new double[contexts];
        for (int c = 0; c < contexts; c++) counts[c] = new LevelHistogram();
        float inverse = 1f / step;
        int taps = order.Taps;
        for (int block = 0; block < order.RowBlocks; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            int rows = order.RowsOf(block);
            for (int i = 0; i < order.Inputs; i++)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    int context = contexts == 1 ? 0 : tap;
                    LevelHistogram histogram = counts[context];
                    long to = (block * order.Columns + order.VectorOf(i, tap)) * PanelOrder.Lanes;
                    double toZero = 0, squares = 0;
                    for (int r = 0; r < rows; r++)
                    {
                        float y = coefficients[(int)((block * PanelOrder.Lanes + r) * order.Columns + (long)i * taps + tap)];
                        int level = Math.Clamp(LevelOf(y, inverse), -LargestLevel - 1, LargestLevel + 1);
                        levels[to + r] = (short)level;
                        histogram.Add(level);
                        double difference = level - (double)y * inverse;
                        squares += difference * difference;
                        if (level != 0) toZero += Math.Abs(level) - Math.Abs(y * inverse);
                    }
                    inward[context] += toZero;
                    error += squares * step * step;
                }
            }
        }
        return levels;
    }

    /// <summary>Where weights lie nearer to zero than their levels on average, the levels' values move there; if that is worth it.</summary>
    private static byte[] Shifts(LevelHistogram[] counts, double[] inward)
    {
        byte[] shifts = new byte[counts.Length];
        double gain = 0, error = 0;
        for (int c = 0; c < counts.Length; c++)
        {
            long others = counts[c].Total - counts[c][0];
            error += counts[c].Total / 12.0;
            if (others == 0) continue;
            double mean = inward[c] / others;
            int shift = Math.Clamp((int)Math.Round(16 * mean), 0, 8);
            shifts[c] = (byte)shift;
            gain += others * (2 * mean - shift / 16.0) * (shift / 16.0);
        }
        return gain > 0.01 * error ? shifts : [];
    }

    /// <summary>Σ wwᵀ over the subvectors of all taps.</summary>
    public static double[] Gram(ReadOnlySpan<float> normalized, int taps)
    {
        double[] gram = new double[taps * taps];
        for (int n = 0; n < normalized.Length; n += taps)
        {
            ReadOnlySpan<float> w = normalized.Slice(n, taps);
            for (int a = 0; a < taps; a++)
            {
                double wa = w[a];
                for (int b = a; b < w.Length; b++) gram[a * taps + b] += wa * w[b];
            }
        }
        for (int a = 0; a < taps; a++)
            for (int b = 0; b < a; b++) gram[a * taps + b] = gram[b * taps + a];
        return gram;
    }

    private static double HalfLog(double variance, double floor) => 0.5 * ExactMath.Log2(Math.Max(Math.Max(variance, floor), 1e-30));
}
