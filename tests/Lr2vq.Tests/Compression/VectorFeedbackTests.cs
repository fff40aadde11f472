using System;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Kernels;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>Subvectors that are chosen with feedback. Oracles: the nearest words where inputs have nothing in common, the closed form tr(E·H·Eᵀ) of what was packed, GPTQ's rule with
/// the inverse of H, errors of outputs on inputs that were not seen.</summary>
public sealed unsafe class VectorFeedbackTests
{
    private const double Damping = 0.01;

    private static readonly Workers s_alone = new(1, CancellationToken.None);

    [Trait("Isa", "true"), Trait("Arm64", "true")]
    [Theory]
    [InlineData("InputChannel", 4, 1, 3)]
    [InlineData("Spatial", 9, 3, 6)]
    [InlineData("InputChannel", 5, 3, 0)]
    public void IndependentInputsGiveTheNearestWords(string along, int m, int size, int d)
    {
        SliceAxis axis = Enum.Parse<SliceAxis>(along);
        MemoryWeight plain = MemoryWeight.Conv("w", 64, 16, size, 3), known = MemoryWeight.Conv("w", 64, 16, size, 3);
        int columns = 16 * size * size;
        float[] identity = new float[columns * columns];
        for (int i = 0; i < columns; i++) identity[i * columns + i] = 1f;
        known.Inputs = InputsOf(known, axis, m, identity, 2304);
        VectorShape shape = ShapeOf(axis, m, d);
        VectorCodebook codebook = VectorQuantization.Train([plain], shape, SeededRandom.For(0, "w"), s_alone);
        EncodedTensor a = VectorQuantization.Encode(plain, shape, codebook, default), b = VectorQuantization.Encode(known, shape, codebook, default);
        Assert.Equal(a.Codes, b.Codes);
        Assert.Equal(a.Dense, b.Dense);
    }

    [Trait("Isa", "true")]
    [Theory]
    [InlineData("Spatial", 9, 3, 0, 1, 2304)]
    [InlineData("Spatial", 9, 3, 6, 1, 2304)]
    [InlineData("Spatial", 18, 3, 8, 1, 90)]
    [InlineData("Spatial", 7, 3, 3, 1, 2304)]
    [InlineData("InputChannel", 4, 3, 2, 1, 2304)]
    [InlineData("InputChannel", 6, 1, 0, 1, 12)]
    [InlineData("InputChannel", 3, 1, 0, 4, 2304)]
    [InlineData("Spatial", 9, 3, 4, 20, 2304)]
    public void TheLossIsThatOfWhatWasChosen(string along, int m, int size, int d, int groups, int most)
    {
        SliceAxis axis = Enum.Parse<SliceAxis>(along);
        int inputs = 20 / groups, rows = 40, columns = inputs * size * size;
        MemoryWeight weight = MemoryWeight.Conv("w", rows, inputs, size, 5, groups);
        weight.Inputs = InputsOf(weight, axis, m, Samples(groups * columns, 400, 1), most);
        VectorShape shape = ShapeOf(axis, m, d);
        VectorQuantization.Prepared prepared = VectorQuantization.Prepare(weight, shape);
        VectorCodebook codebook = VectorQuantization.Train([weight], shape, SeededRandom.For(0, "w"), s_alone);
        VectorFeedback feedback = VectorFeedback.Of(weight, prepared, default)!;
        var choice = new VectorFeedback.Choice(feedback, fits: true, keepsTargets: false);
        float[] words = VectorQuantization.Expand(codebook);
        feedback.Choose(words, codebook.K, choice, default);
        double[] errors = new double[rows * columns], chosen = new double[rows * columns];
        for (int n = 0; n < prepared.Slices.Count; n++)
        {
            (int row, int place) = prepared.Slices.PlaceOf(n);
            (int count, _, int column, _, int step) = prepared.Slices.Order.ElementsOf(row, place);
            for (int t = 0; t < count; t++)
            {
                int at = row * columns + column + t * step;
                chosen[at] = words[choice.Codes[n] * m + t];
                errors[at] = prepared.Weights[at] - chosen[at];
            }
        }
        InputGram gram = weight.Inputs.Gram;
        double scale = groups * columns / Enumerable.Range(0, groups).Sum(g => Trace(gram, g)), loss = 0;
        double[] products = new double[rows], squares = new double[rows];
        for (int r = 0; r < rows; r++)
            for (int part = 0; part < gram.Shape.Parts; part++)
            {
                int first = gram.Shape.First(part), length = gram.Shape.Length(part);
                ReadOnlySpan<double> h = gram.Sums(r / (rows / groups), part);
                for (int i = 0; i < length; i++)
                    for (int j = 0; j < length; j++)
                    {
                        double value = scale * h[Math.Min(i, j) * length + Math.Max(i, j)] + (i == j ? Damping : 0);
                        int a = r * columns + first + i, b = r * columns + first + j;
                        loss += errors[a] * value * errors[b];
                        products[r] += prepared.Weights[a] * value * chosen[b];
                        squares[r] += chosen[a] * value * chosen[b];
                    }
            }
        Assert.Equal(loss, choice.Loss, 1e-4 * loss);
        for (int r = 0; r < rows; r++)
        {
            Assert.Equal(squares[r], choice.Squares[r], 1e-4 * squares.Max());
            Assert.Equal(products[r], choice.Products[r], 1e-4 * squares.Max());
        }
    }

    [Fact]
    public void SubvectorsOfOneAreGptq()
    {
        const int rows = 12, columns = 30, k = 16;
        MemoryWeight weight = MemoryWeight.Conv("w", rows, columns, 1, 7);
        float[] samples = Samples(columns, 300, 3);
        weight.Inputs = InputsOf(weight, SliceAxis.InputChannel, 1, samples, 2304);
        VectorShape shape = ShapeOf(SliceAxis.InputChannel, 1, 0) with { K = k };
        VectorQuantization.Prepared prepared = VectorQuantization.Prepare(weight, shape);
        float[] words = [.. Enumerable.Range(0, k).Select(i => (i - 7.5f) * 0.4f)];
        VectorFeedback feedback = VectorFeedback.Of(weight, prepared, default)!;
        var choice = new VectorFeedback.Choice(feedback, fits: false, keepsTargets: false);
        feedback.Choose(words, k, choice, default);

        InputGram gram = weight.Inputs.Gram;
        double scale = columns / Trace(gram, 0);
        double H(int i, int j) => scale * gram.Sums(0, 0)[Math.Min(i, j) * columns + Math.Max(i, j)] + (i == j ? Damping : 0);
        int[] order = [.. Enumerable.Range(0, columns).OrderByDescending(i => H(i, i)).ThenBy(i => i)];
        for (int r = 0; r < rows; r++)
        {
            double[] left = [.. order.Select(i => (double)prepared.Weights[r * columns + i])];
            for (int c = 0; c < columns; c++)
            {
                int code = Enumerable.Range(0, k).MinBy(j => Math.Abs(words[j] - left[c]));
                Assert.Equal(code, choice.Codes[r * columns + order[c]]);
                // GPTQ: the inverse of H of the columns that are left.
                int n = columns - c;
                double[,] inverse = Inverse(n, (i, j) => H(order[c + i], order[c + j]));
                double error = (left[c] - words[code]) / inverse[0, 0];
                for (int j = 1; j < n; j++) left[c + j] -= error * inverse[0, j];
            }
        }
    }

    [Theory]
    [InlineData("InputChannel", 4, 1, 0)]
    [InlineData("Spatial", 9, 3, 0)]
    [InlineData("Spatial", 9, 3, 5)]
    [InlineData("Spatial", 18, 3, 9)]
    public void OutputsOfInputsThatWereNotSeenAreFarNearer(string along, int m, int size, int d)
    {
        SliceAxis axis = Enum.Parse<SliceAxis>(along);
        int columns = 40 * size * size;
        MemoryWeight plain = MemoryWeight.Conv("w", 96, 40, size, 3), known = MemoryWeight.Conv("w", 96, 40, size, 3);
        known.Inputs = InputsOf(known, axis, m, Samples(columns, 3000, 1), 2304);
        VectorShape shape = ShapeOf(axis, m, d);
        double Error(MemoryWeight weight)
        {
            VectorCodebook codebook = VectorQuantization.Train([weight], shape, SeededRandom.For(0, "w"), s_alone);
            using OpenedTensor opened = new(VectorQuantization.Encode(weight, shape, codebook, default));
            return OutputError(weight, opened.Decode(), Samples(columns, 300, 2), columns);
        }
        double before = Error(plain), after = Error(known);
        Assert.True(after < 0.7 * before, $"{after} after {before}");
    }

    [Trait("Isa", "true"), Trait("Arm64", "true")]
    [Fact]
    public void CodebooksOfSeveralWeightsAreTheSameOnEveryMachine()
    {
        MemoryWeight[] weights = [MemoryWeight.Conv("a", 37, 12, 3, 1), MemoryWeight.Conv("b", 48, 20, 3, 2), MemoryWeight.Conv("c", 20, 5, 3, 4)];
        foreach (MemoryWeight weight in weights)
            weight.Inputs = InputsOf(weight, SliceAxis.Spatial, 9, Samples(weight.Identity.Canonical.Inputs * 9, 300, 6), 2304);
        VectorShape shape = ShapeOf(SliceAxis.Spatial, 9, 6);
        byte[][]? first = null;
        foreach (Isa isa in new[] { Isa.Scalar, Isa.Vector128, Isa.Vector256, Isa.Vector512 })
        {
            if (isa > Lanes.Isa) continue;
            foreach (int threads in new[] { 1, 3 })
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                VectorCodebook codebook = VectorQuantization.Train(weights, shape, SeededRandom.For(0, "w"), new Workers(threads, CancellationToken.None));
                byte[][] bytes = [.. weights.Select(weight => VectorQuantization.Encode(weight, shape, codebook, default)).SelectMany(t => new[] { t.Codes, t.Codebook, t.Dense })];
                first ??= bytes;
                Assert.Equal(first, bytes);
            }
        }
    }

    [Trait("Isa", "true"), Trait("Arm64", "true")]
    [Fact]
    public void InputsThatAreAlwaysZeroOrTheSameAreTaken()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 20, 16, 3, 3), silent = MemoryWeight.Conv("w", 20, 16, 3, 3);
        float[] same = new float[144 * 50];
        for (int s = 0; s < 50; s++) Array.Fill(same, 1 + s % 3, s * 144, 72);
        weight.Inputs = InputsOf(weight, SliceAxis.Spatial, 9, same, 2304);
        silent.Inputs = InputsOf(silent, SliceAxis.Spatial, 9, new float[144 * 50], 2304);
        VectorShape shape = ShapeOf(SliceAxis.Spatial, 9, 4);
        foreach (MemoryWeight one in new[] { weight, silent })
        {
            VectorCodebook codebook = VectorQuantization.Train([one], shape, SeededRandom.For(0, "w"), s_alone);
            using OpenedTensor opened = new(VectorQuantization.Encode(one, shape, codebook, default));
            Assert.All(opened.Decode(), value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public void ItEndsWhenCancelled()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 32, 3, 3);
        weight.Inputs = InputsOf(weight, SliceAxis.Spatial, 9, Samples(288, 300, 1), 2304);
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => VectorFeedback.Of(weight, VectorQuantization.Prepare(weight, ShapeOf(SliceAxis.Spatial, 9, 0)), default)!
            .Choose(new float[32 * 9], 32, new VectorFeedback.Choice(VectorFeedback.Of(weight, VectorQuantization.Prepare(weight, ShapeOf(SliceAxis.Spatial, 9, 0)), default)!, false, false), cancelled.Token));
    }

    private static VectorShape ShapeOf(SliceAxis axis, int m, int d) => new(axis, m, 32, d, 1, EntryEncoding.Int8, Scaled: true);

    private static InputMetric InputsOf(MemoryWeight weight, SliceAxis axis, int m, float[] samples, int most)
    {
        GramShape shape = GramShape.Of(weight.Identity, InputMetric.ColumnsFor(weight.Identity, SliceOrder.Of(weight.Identity.Canonical, axis, m), most));
        var gram = new InputGram(shape);
        fixed (float* x = samples) gram.Add(x, samples.Length / (shape.Groups * shape.Columns));
        return new InputMetric(gram);
    }

    private static double Trace(InputGram gram, int group) => Enumerable.Range(0, gram.Shape.Parts).Sum(part =>
        Enumerable.Range(0, gram.Shape.Length(part)).Sum(i => gram.Sums(group, part)[i * (gram.Shape.Length(part) + 1)]));

    /// <summary>Inputs that have much in common, as those behind a ReLU do; the way they hang together is the same whatever the seed.</summary>
    private static float[] Samples(int columns, int count, int seed)
    {
        const int hidden = 8;
        var mixer = new Random(columns);
        double[] mixing = [.. Enumerable.Range(0, hidden * columns).Select(_ => mixer.NextDouble() - 0.3)];
        var random = new Random(seed);
        float[] samples = new float[count * columns];
        double[] latent = new double[hidden];
        for (int s = 0; s < count; s++)
        {
            for (int h = 0; h < hidden; h++) latent[h] = random.NextDouble() * 2 - 0.7;
            for (int c = 0; c < columns; c++)
            {
                double sum = 0.2 * (random.NextDouble() - 0.5);
                for (int h = 0; h < hidden; h++) sum += latent[h] * mixing[h * columns + c];
                samples[s * columns + c] = (float)Math.Max(0, sum * (1 + c % 3));
            }
        }
        return samples;
    }

    private static double OutputError(MemoryWeight weight, float[] decoded, float[] samples, int columns)
    {
        double error = 0;
        for (int s = 0; s < samples.Length; s += columns)
            for (int r = 0; r < decoded.Length; r += columns)
            {
                double difference = 0;
                for (int c = 0; c < columns; c++) difference += (double)samples[s + c] * (decoded[r + c] - weight.Canonical[r + c]);
                error += difference * difference;
            }
        return error;
    }

    /// <summary>By Gauss and Jordan.</summary>
    private static double[,] Inverse(int n, Func<int, int, double> of)
    {
        double[,] a = new double[n, 2 * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++) a[i, j] = of(i, j);
            a[i, n + i] = 1;
        }
        for (int p = 0; p < n; p++)
        {
            double pivot = a[p, p];
            for (int j = 0; j < 2 * n; j++) a[p, j] /= pivot;
            for (int i = 0; i < n; i++)
            {
                if (i == p) continue;
                double factor = a[i, p];
                for (int j = 0; j < 2 * n; j++) a[i, j] -= factor * a[p, j];
            }
        }
        double[,] inverse = new double[n, n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) inverse[i, j] = a[i, n + j];
        return inverse;
    }
}
