using System;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>How a weight is decomposed.</summary>
/// <param name="M">Length of a subvector.</param>
/// <param name="Atoms">Size of the dictionary.</param>
/// <param name="NonZeros">Coefficients other than 0 a subvector, on average.</param>
/// <param name="Step">Step of the coefficients relative to a row's root mean square; null for the best of seven levels each side of 0.</param>
internal sealed record SparseShape(int M, int Atoms, double NonZeros, double? Step);

/// <summary>Quantized sparse weight decomposition: dictionary and support by projected gradients, then coefficients on the support, their levels, the
/// dictionary for those levels, and the levels once more for the dictionary as it is stored.</summary>
internal static class SparseQuantization
{
    private const int MostTrained = 32768, Turns = 40, Steps = 12, Sweeps = 4;

    // Four bits.
    private const int SearchedLevels = 7;

    public static EncodedTensor Encode(WeightSource source, SparseShape shape, SeededRandom random, CancellationToken cancellation)
    {
        TensorIdentity identity = source.Identity;
        float[] weights = new float[source.Length];
        source.ReadCanonical(weights);
        int rows = identity.Canonical.Rows, columns = weights.Length / rows, m = shape.M, atoms = shape.Atoms;
        float[] scales = RowNormalization.RootMeanSquares(weights, rows);
        RowNormalization.Divide(weights, scales);
        int places = (columns + m - 1) / m, count = checked(rows * places);
        float[] subvectors = new float[checked(count * m)];
        for (int r = 0; r < rows; r++) weights.AsSpan(r * columns, columns).CopyTo(subvectors.AsSpan(r * places * m));

        float[] sample = Sample(subvectors, m, ref random), trained = new float[sample.Length / m * atoms];
        var fit = SparseDecomposition.Fit(sample, m, atoms, ConstraintOf(shape, sample.Length / m), Turns, ref random, trained, cancellation);
        float[] coefficients = sample.Length == subvectors.Length ? trained : new float[checked(count * atoms)];
        if (coefficients != trained) fit.Code(subvectors, ConstraintOf(shape, count), Steps, coefficients);
        Descend(fit, subvectors, coefficients, m, atoms, step: 0, largest: 0, cancellation);
        (double step, int largest) = shape.Step is { } given ? (given, SparseTensor.LargestLevel) : BestStep(coefficients, cancellation);
        Descend(fit, subvectors, coefficients, m, atoms, step, largest, cancellation);
        fit.Refit(subvectors, coefficients, normalize: false);
        (float[] atomScales, sbyte[] stored) = Store(fit.Dictionary, m, atoms);
        for (int i = 0; i < stored.Length; i++) fit.Dictionary[i] = stored[i] * (double)atomScales[i / m];
        Descend(fit, subvectors, coefficients, m, atoms, step, largest, cancellation);

        sbyte[] levels = new sbyte[coefficients.Length];
        var counts = new LevelHistogram[atoms];
        for (int k = 0; k < atoms; k++) counts[k] = new LevelHistogram();
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i] = (sbyte)Math.Clamp(Math.Round(coefficients[i] / step), -largest, largest);
            counts[i % atoms].Add(levels[i]);
        }
        cancellation.ThrowIfCancellationRequested();
        return SparseTensor.Pack(identity, new SparseFactors { M = m, AtomScales = atomScales, Atoms = stored, RowScales = scales, Step = (float)step, Levels = levels },
            Array.ConvertAll(counts, histogram => LevelModels.Fit(histogram, SparseTensor.LargestLevel).Model));
    }

    /// <summary>Bytes if levels take four bits and places what their density asks for: a bound before anything is known.</summary>
    public static (int Parameters, long Codes, long Codebook, long Dense) ByteLengths(CanonicalShape canonical, SparseShape shape)
    {
        PanelOrder order = SparseTensor.OrderOf(canonical, shape.M, shape.Atoms);
        double places = (double)order.Rows * order.Inputs, density = Math.Clamp(shape.NonZeros / shape.Atoms, 1e-9, 1 - 1e-9);
        double support = places * shape.Atoms * -(density * ExactMath.Log2(density) + (1 - density) * ExactMath.Log2(1 - density));
        double floor = (double)order.StoredLength / LevelStream.MaxLevelsPerByte;
        return (SparseTensor.ParameterBytes, (long)Math.Max(floor, (support + 4 * places * shape.NonZeros) / 8) + 64 + 12 * shape.Atoms,
            SparseTensor.CodebookBytes(shape.M, shape.Atoms), (long)RowScales.BytesPerScale * order.Rows);
    }

    private static SparseConstraint ConstraintOf(SparseShape shape, int count) => new((long)Math.Max(1, Math.Round(shape.NonZeros * count)));

    private static float[] Sample(float[] subvectors, int m, ref SeededRandom random)
    {
        int count = subvectors.Length / m;
        if (count <= MostTrained) return subvectors;
        float[] sample = new float[MostTrained * m];
        for (int i = 0; i < MostTrained; i++)
        {
            long from = (long)i * count / MostTrained, to = (long)(i + 1) * count / MostTrained;
            subvectors.AsSpan((int)(from + random.Below((int)(to - from))) * m, m).CopyTo(sample.AsSpan(i * m));
        }
        return sample;
    }

    /// <summary>Each coefficient other than 0 in turns takes the best value for the others, rounded to the step if there is one. The error never rises.</summary>
    private static void Descend(SparseDecomposition fit, ReadOnlySpan<float> subvectors, float[] coefficients, int m, int atoms, double step, int largest, CancellationToken cancellation)
    {
        double[] left = new double[m], lengths = new double[atoms], dictionary = fit.Dictionary;
        for (int i = 0; i < dictionary.Length; i++) lengths[i / m] += dictionary[i] * dictionary[i];
        if (step > 0)
            for (int i = 0; i < coefficients.Length; i++) coefficients[i] = (float)(step * Math.Clamp(Math.Round(coefficients[i] / step), -largest, largest));
        for (int n = 0; n < subvectors.Length / m; n++)
        {
            if ((n & 0x3FF) == 0) cancellation.ThrowIfCancellationRequested();
            Span<float> z = coefficients.AsSpan(n * atoms, atoms);
            if (!z.ContainsAnyExcept(0f)) continue;
            fit.Residual(subvectors.Slice(n * m, m), z, left);
            bool changed = true;
            for (int sweep = 0; sweep < Sweeps && changed; sweep++)
            {
                changed = false;
                for (int k = 0; k < atoms; k++)
                {
                    if (z[k] == 0f || lengths[k] == 0) continue;
                    double along = 0;
                    for (int t = 0; t < m; t++) along += left[t] * dictionary[k * m + t];
                    double best = z[k] + along / lengths[k];
                    if (step > 0) best = step * Math.Clamp(Math.Round(best / step), -largest, largest);
                    float value = (float)best;
                    // A number that becomes 0 would leave the support for good before it is rounded.
                    if (value == z[k] || step == 0 && value == 0f) continue;
                    double change = (double)value - z[k];
                    for (int t = 0; t < m; t++) left[t] -= change * dictionary[k * m + t];
                    z[k] = value;
                    changed = true;
                }
            }
        }
    }

    /// <summary>The step of seven levels each side of 0 that leaves the least error.</summary>
    private static (double Step, int Largest) BestStep(ReadOnlySpan<float> coefficients, CancellationToken cancellation)
    {
        float top = 0f;
        foreach (float z in coefficients) top = Math.Max(top, Math.Abs(z));
        if (top == 0f) return (1, SearchedLevels);
        double best = top / SearchedLevels, least = double.MaxValue;
        for (int trial = 0; trial < 28; trial++)
        {
            cancellation.ThrowIfCancellationRequested();
            double step = top / SearchedLevels * ExactMath.Exp2(-trial / 6.0), error = 0;
            foreach (float z in coefficients)
            {
                if (z == 0f) continue;
                double difference = z - step * Math.Clamp(Math.Round(z / step), -SearchedLevels, SearchedLevels);
                error += difference * difference;
            }
            if (error < least) (least, best) = (error, step);
        }
        return ((float)best, SearchedLevels);
    }

    private static (float[] Scales, sbyte[] Atoms) Store(double[] dictionary, int m, int atoms)
    {
        float[] scales = new float[atoms];
        sbyte[] stored = new sbyte[dictionary.Length];
        for (int k = 0; k < atoms; k++)
        {
            double largest = 0;
            for (int t = 0; t < m; t++) largest = Math.Max(largest, Math.Abs(dictionary[k * m + t]));
            scales[k] = Math.Min((float)(Half)(largest / SparseTensor.LargestLevel), (float)Half.MaxValue);
            for (int t = 0; t < m && scales[k] > 0f; t++)
                stored[k * m + t] = (sbyte)Math.Clamp(Math.Round(dictionary[k * m + t] / scales[k]), -SparseTensor.LargestLevel, SparseTensor.LargestLevel);
        }
        return (scales, stored);
    }
}
