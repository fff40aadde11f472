using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Low-rank weights: what is chosen against the best form with the expanded weight. Layers whose factors save too little keep the weight.</summary>
internal static class FactorsBench
{
    /// <param name="Numbers">Numbers of the factors ÷ numbers of the weight: as many multiply-adds are left.</param>
    /// <param name="Ratio">Above 1: the chosen form is faster.</param>
    private sealed record Row(string Case, int Rank, double Numbers, string Chosen, double ChosenMs, string Expanded, double ExpandedMs, double Ratio);

    private static readonly (int Inputs, int Outputs, int Kernel, int Stride, int Size)[] s_convolutions =
    [
        (64, 64, 3, 1, 56), (128, 128, 3, 1, 28), (256, 256, 3, 1, 14), (512, 512, 3, 1, 7), (128, 256, 3, 2, 28), (256, 1024, 1, 1, 14), (96, 576, 1, 1, 14),
    ];

    private static readonly (int M, int K, int N)[] s_products = [(128, 768, 3072), (16, 512, 2048)];

    // Of the largest rank that saves numbers.
    private static readonly double[] s_shares = [0.7, 0.5, 0.25, 0.125];

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        Console.WriteLine($"{"case",-28}{"rank",6}{"numbers",9}{"chosen",22}{"ms",9}{"expanded",14}{"ms",9}{"ratio",7}");
        void Add(Row row)
        {
            rows.Add(row);
            Console.WriteLine($"{row.Case,-28}{row.Rank,6}{row.Numbers,9:P0}{row.Chosen,22}{row.ChosenMs,9:F3}{row.Expanded,14}{row.ExpandedMs,9:F3}{row.Ratio,7:F2}");
        }
        foreach ((int inputs, int outputs, int kernel, int stride, int size) in s_convolutions)
            foreach (double share in s_shares)
                if ($"{inputs}->{outputs} {kernel}x{kernel} s{stride} @{size}" is var name && options.Wants(name)) Add(Convolution(name, inputs, outputs, kernel, stride, size, share, options.Rounds));
        foreach ((int m, int k, int n) in s_products)
            foreach (double share in s_shares)
                if ($"{m}x{k}x{n}" is var name && options.Wants(name)) Add(Product(name, m, k, n, share, options.Rounds));
        options.WriteJson(rows);
        return 0;
    }

    private static Row Convolution(string name, int inputs, int outputs, int kernel, int stride, int size, double share, int rounds)
    {
        int columns = inputs * kernel * kernel, rank = Math.Max(1, (int)(share * LowRankFactorization.BreakEven(outputs, columns))), side = (size - 1) / stride + 1;
        using NativeArena memory = new();
        EncodedTensor packed = LowRankTensor.Pack(new TensorIdentity("w", WeightRole.Conv, ElementType.Float32, [outputs, inputs, kernel, kernel], 1), Unfolding.Rows, Factor(rank, outputs), Factor(rank, columns));
        var layer = new ConvCase
        {
            Geometry = new ConvGeometry
            {
                Batch = 1, InputChannels = inputs, InputHeight = size, InputWidth = size, OutputChannels = outputs, OutputHeight = side, OutputWidth = side, KernelHeight = kernel, KernelWidth = kernel,
                StrideY = stride, StrideX = stride, DilationY = 1, DilationX = 1, Top = kernel / 2, Left = kernel / 2, Groups = 1,
            },
            Weight = CodecTable.Open(Evaluation.MemoryWeights.Payload(packed, memory, memory)), Epilogue = new Epilogue(Activation.Clip, 0f, float.PositiveInfinity),
            Input = TensorLayout.Blocked, Output = TensorLayout.Blocked, Residual = false,
        };
        ConvForm chosen = ConvKernels.Best(layer.Geometry, layer.Weight, layer.Input, layer.Output, Lanes.Widest);
        ConvForm[] forms = [chosen, .. layer.Forms.Where(f => !f.Projected && f != chosen)];
        ChoicesBench.WarmUp([layer], Lanes.Widest, isFirst: true);
        double[][] times = layer.Measure(forms, Lanes.Widest, others: 0, rounds);
        double[] ms = [.. times.Select(ChoicesBench.Median)];
        int best = Enumerable.Range(0, forms.Length).Where(i => !forms[i].Projected).MinBy(i => ms[i]);
        return new Row(name, rank, (double)rank * (outputs + columns) / outputs / columns, chosen.ToString(), ms[0], forms[best].ToString(), ms[best], ChoicesBench.Median(times[0].Zip(times[best], (a, b) => b / a)));
    }

    private static Row Product(string name, int m, int k, int n, double share, int rounds)
    {
        int rank = Math.Max(1, (int)(share * LowRankFactorization.BreakEven(n, k)));
        float[] weights = [.. new Random(1) is var random ? Enumerable.Range(0, k * n).Select(_ => random.NextSingle() - 0.5f) : []];
        byte[] model = new OnnxBuilder(17).Input("a", ElementType.Float32, m, k).Initializer("w", HostTensor.Of(weights, k, n)).Node("MatMul", ["a", "w"], ["y"]).Output("y").Build();
        HostTensor input = HostTensor.Of(new float[m * k], m, k);
        PlanRunner Load(CompressionOptions options) => ProductsBench.Load(FormattableString.Invariant($"factors {name} {options.Method} {rank}"), model, options);
        using PlanRunner factors = Load(new CompressionOptions { Method = CompressionMethod.Svd, D = new ClusteringDimensionality(rank) }), expanded = Load(new CompressionOptions { Method = CompressionMethod.Fp32 });
        using ModelSession a = factors.CreateSession(), b = expanded.CreateSession();
        foreach (ModelSession session in new[] { a, b }) session.SetInputBytes(0, input.Bytes, input.Shape);
        double[][] samples = Interleaved.Samples(rounds, wall: false, [a.Run, b.Run]);
        double numbers = (double)rank * (n + k) / n / k;
        return new Row(name, rank, numbers, numbers > 0.75 ? "product" : "two products", Interleaved.Median(samples[0]), "product", Interleaved.Median(samples[1]), Interleaved.Median([.. samples[0].Zip(samples[1], (x, y) => y / x)]));
    }

    private static EncodedTensor Factor(int rank, int length)
    {
        var random = new Random(rank + length);
        return DenseTensor.Pack(new TensorIdentity("factor", WeightRole.Gemm, ElementType.Float32, [rank, length], 1), [.. Enumerable.Range(0, rank * length).Select(_ => random.NextSingle() - 0.5f)], DenseEncoding.Fp16);
    }
}
