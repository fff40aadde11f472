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

/// <summary>Second-order error feedback against closed forms and GPTQ as it is written in its paper.</summary>
public sealed unsafe class FeedbackTests
{
    private const double Damping = 0.01;

    private static readonly Workers s_alone = new(1, CancellationToken.None);

    /// <summary>Inputs that have much in common, as those behind a ReLU do.</summary>
    private static float[] Samples(int count, int columns, int seed, int hidden = 6)
    {
        var random = new Random(seed);
        double[] mixing = [.. Enumerable.Range(0, hidden * columns).Select(_ => random.NextDouble() - 0.3)];
        float[] samples = new float[count * columns];
        for (int s = 0; s < count; s++)
        {
            double[] latent = [.. Enumerable.Range(0, hidden).Select(_ => random.NextDouble() * 2 - 0.7)];
            for (int c = 0; c < columns; c++)
                samples[s * columns + c] = (float)Math.Max(0, latent.Select((x, h) => x * mixing[h * columns + c]).Sum() + 0.2 * (random.NextDouble() - 0.5));
        }
        return samples;
    }

    private static InputGram GramOf(GramShape shape, float[] samples, int chunk = 100)
    {
        var gram = new InputGram(shape);
        int length = shape.Groups * shape.Columns, count = samples.Length / length;
        fixed (float* values = samples)
            for (int first = 0; first < count; first += chunk) gram.Add(values + (long)first * length, Math.Min(chunk, count - first));
        return gram;
    }

    private static double[,] Naive(float[] samples, int length, int first, int columns)
    {
        double[,] h = new double[columns, columns];
        for (int s = 0; s < samples.Length / length; s++)
            for (int i = 0; i < columns; i++)
                for (int j = 0; j < columns; j++) h[i, j] += (double)samples[s * length + first + i] * samples[s * length + first + j];
        return h;
    }

    private static double[,] Damped(double[,] h)
    {
        int n = h.GetLength(0);
        double trace = Enumerable.Range(0, n).Sum(i => h[i, i]);
        double[,] damped = (double[,])h.Clone();
        for (int i = 0; i < n; i++) damped[i, i] += Damping * trace / n;
        return damped;
    }

    private static double Loss(double[,] h, float[] weights, short[] levels, PanelOrder order, float step, int firstRow, int rows, int firstColumn)
    {
        int n = h.GetLength(0);
        double loss = 0;
        for (int r = firstRow; r < firstRow + rows; r++)
        {
            double[] e = [.. Enumerable.Range(0, n).Select(j => weights[r * order.Columns + firstColumn + j]
                - (double)levels[order.IndexOf(r, (firstColumn + j) / order.Taps, (firstColumn + j) % order.Taps)] * step)];
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) loss += e[i] * h[i, j] * e[j];
        }
        return loss;
    }

    private static FeedbackMatrix Matrix(float[] weights, PanelOrder order, InputGram gram) => new(weights, order, gram.Shape,
        [.. Enumerable.Range(0, gram.Shape.Groups * gram.Shape.Parts).Select(i =>
            FeedbackFactor.Of(gram.Sums(i / gram.Shape.Parts, i % gram.Shape.Parts), gram.Shape.Length(i % gram.Shape.Parts), null, Damping, s_alone))]);

    [Theory]
    [InlineData(1, 40, 40)]
    [InlineData(1, 50, 18)]
    [InlineData(3, 9, 9)]
    public void GramsAreTheSumsOfProducts(int groups, int columns, int part)
    {
        float[] samples = Samples(230, groups * columns, 1);
        InputGram gram = GramOf(new GramShape(groups, columns, part), samples);
        for (int g = 0; g < groups; g++)
            for (int p = 0; p < gram.Shape.Parts; p++)
            {
                int n = gram.Shape.Length(p);
                double[,] expected = Naive(samples, groups * columns, g * columns + gram.Shape.First(p), n);
                for (int i = 0; i < n; i++)
                    for (int j = i; j < n; j++) Assert.Equal(expected[i, j], gram.Sums(g, p)[i * n + j], 1e-5 * (1 + Math.Abs(expected[i, j])));
            }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(203)]
    public void TheCholeskyFactorGivesTheMatrixAgain(int n)
    {
        double[,] h = Damped(Naive(Samples(3 * n, n, 2), n, 0, n));
        double[] a = [.. h.Cast<double>()];
        fixed (double* values = a) Cholesky.Factor(values, n, 1e-12, s_alone);
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
                Assert.Equal(h[i, j], Enumerable.Range(0, j + 1).Sum(k => a[i * n + k] * a[j * n + k]), 1e-9 * (1 + Math.Abs(h[i, j])));
    }

    [Fact]
    public void TheCholeskyFactorDoesNotDependOnThreads()
    {
        // Large enough to be shared.
        const int n = 1100;
        double[] one = new double[n * n];
        var random = new Random(1);
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) one[i * n + j] = i == j ? n : random.NextDouble();
        double[] two = (double[])one.Clone();
        fixed (double* values = one) Cholesky.Factor(values, n, 1e-12, s_alone);
        fixed (double* values = two) Cholesky.Factor(values, n, 1e-12, new Workers(2, CancellationToken.None));
        Assert.Equal(one, two);
    }

    [Fact]
    public void IndependentInputsAskForNoFeedback()
    {
        PanelOrder order = new(24, 37, 1);
        float[] weights = CodecCases.Weights(24, 37, 3), samples = new float[37 * 37];
        for (int i = 0; i < 37; i++) samples[i * 38] = 1 + i % 5;
        short[] with = Matrix(weights, order, GramOf(new GramShape(1, 37, 37), samples)).Round(0.3f, [], null, CancellationToken.None).Levels;
        short[] nearest = new FeedbackMatrix(weights, order, new GramShape(1, 37, 37), [null]).Round(0.3f, [], null, CancellationToken.None).Levels;
        Assert.Equal(nearest, with);
        for (int r = 0; r < 24; r++)
            for (int c = 0; c < 37; c++) Assert.Equal(MathF.Round(weights[r * 37 + c] * (1f / 0.3f)), nearest[order.IndexOf(r, c, 0)]);
    }

    [Theory]
    [InlineData(1, 20, 50, 1)]
    [InlineData(1, 33, 8, 9)]
    [InlineData(4, 24, 2, 9)]
    [InlineData(16, 16, 1, 9)]
    public void FeedbackSavesOutputErrorAndTellsIt(int groups, int rows, int inputs, int taps)
    {
        PanelOrder order = new(rows, inputs, taps);
        int columns = inputs * taps;
        float[] weights = CodecCases.Weights(rows, columns, 4), samples = Samples(600, groups * columns, 5);
        FeedbackLevels with = Matrix(weights, order, GramOf(new GramShape(groups, columns, columns), samples)).Round(0.4f, [], null, CancellationToken.None);
        short[] without = new FeedbackMatrix(weights, order, new GramShape(groups, columns, columns), new FeedbackFactor?[groups]).Round(0.4f, [], null, CancellationToken.None).Levels;
        double before = 0, after = 0, told = 0;
        for (int g = 0; g < groups; g++)
        {
            double[,] h = Naive(samples, groups * columns, g * columns, columns);
            before += Loss(h, weights, without, order, 0.4f, g * rows / groups, rows / groups, 0);
            after += Loss(h, weights, with.Levels, order, 0.4f, g * rows / groups, rows / groups, 0);
            told += Loss(Damped(h), weights, with.Levels, order, 0.4f, g * rows / groups, rows / groups, 0);
        }
        Assert.True(after < 0.7 * before, $"{after} of {before}");
        Assert.Equal(told, with.Loss, 1e-3 * told);
    }

    /// <summary>GPTQ in the words of its paper: columns in falling order of H_jj, errors divided by U_jj, spread by U, H⁻¹ = UᵀU.</summary>
    [Fact]
    public void LevelsAreThoseOfGptq()
    {
        const int rows = 9, n = 45;
        const float step = 0.35f;
        float[] weights = CodecCases.Weights(rows, n, 6), samples = Samples(400, n, 7);
        PanelOrder order = new(rows, n, 1);
        short[] levels = Matrix(weights, order, GramOf(new GramShape(1, n, n), samples)).Round(step, [], null, CancellationToken.None).Levels;
        double[,] h = Damped(Naive(samples, n, 0, n));
        int[] columns = [.. Enumerable.Range(0, n).OrderByDescending(i => h[i, i])];
        double[,] upper = UpperOfInverse(h, columns);
        int different = 0;
        for (int r = 0; r < rows; r++)
        {
            double[] w = [.. columns.Select(c => (double)weights[r * n + c])];
            for (int j = 0; j < n; j++)
            {
                double level = Math.Round(w[j] / step), error = (w[j] - level * step) / upper[j, j];
                if (level != levels[order.IndexOf(r, columns[j], 0)]) different++;
                for (int k = j; k < n; k++) w[k] -= error * upper[j, k];
            }
        }
        // Floats round a tie now and then to the other side, which later columns of the row then feel.
        Assert.InRange(different, 0, rows * n / 50);
    }

    [Fact]
    public void FewSamplesAndDeadInputsAreBorne()
    {
        PanelOrder order = new(12, 60, 1);
        float[] weights = CodecCases.Weights(12, 60, 8), samples = Samples(5, 60, 9);
        for (int s = 0; s < 5; s++) samples[s * 60 + 7] = 0f;
        FeedbackLevels rounded = Matrix(weights, order, GramOf(new GramShape(1, 60, 60), samples)).Round(0.3f, [], null, CancellationToken.None);
        Assert.True(double.IsFinite(rounded.Loss));
        Assert.All(rounded.Levels, level => Assert.InRange(level, -200, 200));
        Assert.Null(FeedbackFactor.Of(new double[3600], 60, null, Damping, s_alone));
    }

    [Fact]
    public void VectorsOfEveryWidthGiveTheSameLevels()
    {
        PanelOrder order = new(70, 30, 9);
        float[] weights = CodecCases.Weights(70, 270, 10), samples = Samples(300, 270, 11);
        (string Levels, double Loss)[] results = [.. new[] { Isa.Vector512, Isa.Vector256, Isa.Vector128, Isa.Scalar }.Select(isa =>
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            FeedbackLevels rounded = Matrix(weights, order, GramOf(new GramShape(1, 270, 135), samples)).Round(0.3f, [], null, CancellationToken.None);
            return (string.Join(',', rounded.Levels), rounded.Loss);
        })];
        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATensorWithABasisIsWorthItsBytes(bool trellis)
    {
        TensorSpec spec = new(TensorTreatment.Transform, CompressionMethod.TcEcsq) { Trellis = trellis };
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 32, 3, 12, whiteness: 0.2);
        InputGram gram = GramOf(GramShape.Of(weight.Identity, 4608), Samples(500, 288, 13));
        FeedbackTensor with = FeedbackTensor.Of(weight, gram, 0.25, spec, s_alone), without = FeedbackTensor.Of(weight, null, 0.25, spec, s_alone);
        RoundedTensor fed = with.Round(0.25, CancellationToken.None), nearest = without.Round(0.25, CancellationToken.None);
        EncodedTensor packed = with.Pack(fed, CancellationToken.None);
        Assert.NotEmpty(packed.Codebook);
        Assert.Equal(trellis, fed.IsTrellis);
        Assert.InRange(packed.Codes.Length + packed.Codebook.Length + packed.Dense.Length + packed.Parameters.Length, fed.Bytes * 0.99 - 32, fed.Bytes * 1.01 + 32);
        Assert.InRange(fed.Bytes / nearest.Bytes, 0.97, 1.06);
        double[,] h = Naive(Samples(500, 288, 13), 288, 0, 288);
        Assert.True(OutputError(weight, packed, h) < 0.7 * OutputError(weight, without.Pack(nearest, CancellationToken.None), h));
    }

    /// <summary>Features in units of their own: weights and inputs differ inversely, which changes nothing of the products.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void UnitsOfInputsDoNotMatter(int size)
    {
        int inputs = 32, columns = inputs * size * size;
        TensorSpec spec = new(TensorTreatment.Transform, CompressionMethod.TcEcsq);
        (double Loss, double Bytes, int Scales) Coded(Func<int, double> unit)
        {
            MemoryWeight alike = MemoryWeight.Conv("w", 64, inputs, size, 12, whiteness: 0.2);
            MemoryWeight weight = new(alike.Identity, [.. alike.Canonical.Select((w, j) => (float)(w / unit(j % columns / (size * size))))]);
            float[] samples = [.. Samples(500, columns, 13).Select((x, j) => (float)(x * unit(j % columns / (size * size))))];
            FeedbackTensor tensor = FeedbackTensor.Of(weight, GramOf(GramShape.Of(weight.Identity, 4608), samples), 0.25, spec, s_alone);
            RoundedTensor rounded = tensor.Round(0.25, CancellationToken.None);
            return (OutputError(weight, tensor.Pack(rounded, CancellationToken.None), Naive(samples, columns, 0, columns)), rounded.Bytes, rounded.Columns.Length);
        }
        (double loss, double bytes, int scales) = Coded(_ => 1);
        Assert.Equal(0, scales);
        (double other, double otherBytes, scales) = Coded(c => Math.Pow(10, c * 7 % 11 / 2.0 - 2.5));
        Assert.Equal(inputs, scales);
        Assert.InRange(other, 0.5 * loss, 1.5 * loss);
        Assert.InRange(otherBytes, 0.9 * bytes, 1.1 * bytes);
    }

    private static double OutputError(MemoryWeight weight, EncodedTensor packed, double[,] h)
    {
        using OpenedTensor opened = new(packed);
        float[] decoded = opened.Decode();
        int n = h.GetLength(0);
        double loss = 0;
        for (int r = 0; r < decoded.Length / n; r++)
        {
            double[] e = [.. Enumerable.Range(0, n).Select(j => (double)weight.Canonical[r * n + j] - decoded[r * n + j])];
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) loss += e[i] * h[i, j] * e[j];
        }
        return loss;
    }

    private static double[,] UpperOfInverse(double[,] h, int[] columns)
    {
        int n = columns.Length;
        double[,] inverse = new double[n, n], a = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            inverse[i, i] = 1;
            for (int j = 0; j < n; j++) a[i, j] = h[columns[i], columns[j]];
        }
        for (int p = 0; p < n; p++)
        {
            double pivot = a[p, p];
            for (int j = 0; j < n; j++) (a[p, j], inverse[p, j]) = (a[p, j] / pivot, inverse[p, j] / pivot);
            for (int i = 0; i < n; i++)
            {
                double factor = a[i, p];
                if (i != p) for (int j = 0; j < n; j++) (a[i, j], inverse[i, j]) = (a[i, j] - factor * a[p, j], inverse[i, j] - factor * inverse[p, j]);
            }
        }
        double[] lower = [.. inverse.Cast<double>()];
        fixed (double* values = lower) Cholesky.Factor(values, n, 1e-15, s_alone);
        double[,] upper = new double[n, n];
        for (int i = 0; i < n; i++)
            for (int j = i; j < n; j++) upper[i, j] = lower[j * n + i];
        return upper;
    }
}
