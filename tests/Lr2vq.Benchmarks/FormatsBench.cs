using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Benchmarks;

/// <summary>What a vector of 16 weights costs in each format: decoded into a panel, and multiplied with one row. The predictions of
/// <c>Optimize="Speed"</c> are made of these figures.</summary>
internal static unsafe class FormatsBench
{
    /// <summary>Weights that are decoded in turns: as many as a network has, which are not all in the second-level cache.</summary>
    private const long WeightsInTurns = 4 << 20;

    /// <summary>3×3 kernels where the taps matter, else one tap, which products can read, too.</summary>
    private static readonly int[] s_kernels = [256, 128, 3, 3], s_pointwise = [512, 512, 1, 1];

    /// <summary>By the name that the cost has in <c>DecodeKind</c>.</summary>
    private static readonly (string Name, int[] Shape, CompressionOptions Options)[] s_formats =
    [
        ("Levels", s_pointwise, new() { Method = CompressionMethod.Ecsq, Step = 0.11, Trellis = TrellisUse.On }),
        ("ShiftedLevels", s_pointwise, new() { Method = CompressionMethod.Ecsq, Step = 0.5 }),
        ("WideLevels", s_pointwise, new() { Method = CompressionMethod.Ecsq, Step = 0.02 }),
        ("Basis", s_kernels, new() { Method = CompressionMethod.TcEcsq, Step = 0.11, Trellis = TrellisUse.On }),
        ("ShiftedBasis", s_kernels, new() { Method = CompressionMethod.TcEcsq, Step = 0.5 }),
        ("WideBasis", s_kernels, new() { Method = CompressionMethod.TcEcsq, Step = 0.02 }),
        ("ScaledLevels", s_pointwise, new() { Method = CompressionMethod.Ecsq, Step = 0.11, Trellis = TrellisUse.On }),
        ("ScaledShiftedLevels", s_pointwise, new() { Method = CompressionMethod.Ecsq, Step = 0.5 }),
        ("ScaledWideLevels", s_pointwise, new() { Method = CompressionMethod.Ecsq, Step = 0.02 }),
        ("ScaledBasis", s_kernels, new() { Method = CompressionMethod.TcEcsq, Step = 0.11, Trellis = TrellisUse.On }),
        ("Panels", s_pointwise, new() { Method = CompressionMethod.Lossless }),
        ("Fp32", s_pointwise, new() { Method = CompressionMethod.Fp32 }),
        ("Half", s_pointwise, new() { Method = CompressionMethod.Fp16 }),
        ("Int8", s_pointwise, new() { Method = CompressionMethod.Int8 }),
        ("Scalar", s_pointwise, new() { Method = CompressionMethod.Uniform, K = 64 }),
        ("Codes", s_pointwise, new() { Method = CompressionMethod.KMeans, K = 256, M = 4, Slicing = Slicing.InputChannel }),
        ("LongCodes", s_pointwise, new() { Method = CompressionMethod.KMeans, K = 256, M = 8, Slicing = Slicing.InputChannel }),
    ];

    /// <param name="Decode">Nanoseconds of a vector, by width of vectors.</param>
    /// <param name="Product">The same of a product with one row; null where the kernel has taps.</param>
    private sealed record Row(string Case, Dictionary<string, double> Decode, Dictionary<string, double>? Product);

    public static int Run(BenchmarkOptions options)
    {
        Isa[] widths = [.. new[] { Isa.Vector512, Isa.Vector256 }.Where(isa => isa <= Lanes.Widest)];
        var rows = new List<Row>();
        Console.WriteLine("ns for 16 weights: decoded, then multiplied with one row");
        foreach ((string name, int[] shape, CompressionOptions how) in s_formats.Where(f => options.Wants(f.Name)))
        {
            var source = new NormalWeight(shape, columnsDiffer: name.StartsWith("Scaled", StringComparison.Ordinal));
            EncodedTensor packed = Compressor.Compress([source], how, lengths => lengths.Sum(l => l.Payload), 4 * source.Length, null, new DiagnosticBag(), default).Tensors[0];
            Row row = Copies(packed, [], (int)(WeightsInTurns / source.Length), copies => Measure(name, copies, widths, options.Rounds));
            rows.Add(row);
            Console.WriteLine($"{name,-16}{Text(row.Decode)}   {Text(row.Product)}");
        }
        options.WriteJson(rows);
        return 0;

        static string Text(Dictionary<string, double>? figures) => figures is null ? "" : string.Join("  ", figures.Select(p => $"{p.Key[6..]}: {p.Value,6:F3}"));
    }

    /// <summary>Opens a tensor several times, each with memory of its own.</summary>
    private static Row Copies(EncodedTensor packed, List<WeightTensor> opened, int more, Func<WeightTensor[], Row> measure) =>
        more == 0 ? measure([.. opened]) : Verification.Open(packed, weight =>
        {
            opened.Add(weight);
            return Copies(packed, opened, more - 1, measure);
        });

    private static Row Measure(string name, WeightTensor[] weights, Isa[] widths, int rounds)
    {
        using var memory = new NativeArena();
        WeightTensor one = weights[0];
        nint panel = (nint)memory.AllocateFloats(one.PanelPitch), scratch = (nint)memory.AllocateFloats(32L * one.Columns), x = (nint)memory.AllocateFloats(one.Columns), y = (nint)memory.AllocateFloats(one.Rows);
        Action[] decodes = [.. widths.Select(isa => (Action)(() =>
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            foreach (WeightTensor weight in weights)
                for (int first = 0; first < weight.Rows; first += 16) weight.DecodePanel16(first, 0, weight.Inputs, (float*)panel, (float*)scratch);
        }))];
        Action[] products = one.KernelHeight > 1 ? [] : [.. widths.Select(isa =>
        {
            MatrixProduct[] made = [.. weights.Select(weight => new MatrixProduct(1, weight.Rows, weight.Columns, false, new RightOperand(weight, false), 1f, default, isa))];
            nint room = (nint)memory.Allocate(made[0].ScratchBytes);
            return (Action)(() =>
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                foreach (MatrixProduct product in made) product.Run((float*)x, null, null, (float*)y, false, (byte*)room);
            });
        })];
        Interleaved.Settle([.. decodes, .. products]);
        double vectors = weights.Length * one.Columns * (one.Rows / 16.0);
        double[] ns = [.. Interleaved.Samples(rounds, wall: false, [.. decodes, .. products]).Select(samples => Math.Round(samples.Min() * 1e6 / vectors, 3))];
        return new Row(name, Named(ns[..widths.Length]), products.Length == 0 ? null : Named(ns[widths.Length..]));

        Dictionary<string, double> Named(double[] values) => widths.Zip(values).ToDictionary(p => p.First.ToString(), p => p.Second);
    }

    private sealed class NormalWeight(int[] shape, bool columnsDiffer) : WeightSource(new TensorIdentity("w", WeightRole.Conv, ElementType.Float32, shape, 1))
    {
        public override void ReadCanonical(Span<float> destination)
        {
            var random = new Random(1);
            for (int i = 0; i < destination.Length; i++)
            {
                double one = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                destination[i] = (float)(columnsDiffer && i / (shape[2] * shape[3]) % 2 > 0 ? 4 * one : one);
            }
        }

        public override byte[] ReadRaw() => throw new NotSupportedException();
    }
}
