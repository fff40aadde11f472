using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>What it costs to decode all weights of a network once, panel by panel, into memory of the size of a second-level cache.
/// Low-rank weights are decoded in both of their forms.</summary>
internal static unsafe class DecodeBench
{
    /// <summary>Floats that panels go round in.</summary>
    private const int Ring = 128 << 10;

    /// <summary>A row of the table: milliseconds and GB/s written for each width of vectors that the machine has.</summary>
    private sealed record Row(string Case, string Form, long Weights, Dictionary<string, double> Ms, Dictionary<string, double> GigabytesPerSecond);

    public static int Run(BenchmarkOptions options)
    {
        Isa[] widths = [.. new[] { Isa.Vector512, Isa.Vector256, Isa.Vector128 }.Where(isa => isa <= Lanes.Widest)];
        var rows = new List<Row>();
        Console.WriteLine($"{"case",-20}{"form",-12}{"weights",10}" + string.Concat(widths.Select(isa => $"{isa,11} ms{"GB/s",7}")));
        foreach (PeersBench.Case one in PeersBench.Cases().Where(c => c.Name.StartsWith("resnet", StringComparison.Ordinal) && !c.AgainstInt8 && options.Wants(c.Name)))
        {
            if (TestData.FindModel(one.Model, out _) is not { } path) continue;
            using PlanRunner model = PeersBench.Load(one, path);
            WeightTensor[] weights = [.. model.Network.Values.Select(v => v.Compressed).OfType<WeightTensor>().Where(w => w.Role is WeightRole.Conv or WeightRole.Gemm)];
            rows.Add(Measure(one.Name, "expanded", weights, widths, options.Rounds));
            if (weights.Any(w => w.AsProjected() is not null))
                rows.Add(Measure(one.Name, "projected", [.. weights.Select(w => w.AsProjected()?.Narrow ?? w)], widths, options.Rounds));
        }
        if (options.Wants("levels")) rows.AddRange(Levels(widths, options.Rounds));
        if (options.Json is { } json)
            File.WriteAllText(json, JsonSerializer.Serialize(rows, new JsonSerializerOptions { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase }));
        return 0;
    }

    /// <summary>Opening a tensor of normal weights at the step of Balanced, its levels uniform and coded by a trellis: what loading a network costs.</summary>
    private static IEnumerable<Row> Levels(Isa[] widths, int rounds)
    {
        const int rows = 1024, inputs = 2048;
        var weight = new NormalWeight(rows, inputs);
        foreach (TrellisUse use in new[] { TrellisUse.Off, TrellisUse.On })
        {
            EncodedTensor packed = Compressor.Compress([weight], new CompressionOptions { Step = 0.105, Trellis = use }, lengths => lengths.Sum(l => l.Payload),
                4 * weight.Length, null, new DiagnosticBag(), default).Tensors[0];
            Action[] opens = [.. widths.Select(isa => (Action)(() =>
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                Verification.Open(packed, tensor => tensor.Rows);
            }))];
            Interleaved.Settle(opens);
            yield return Report("levels", use == TrellisUse.Off ? "uniform" : "trellis", weight.Length, widths, Interleaved.Milliseconds(rounds, wall: false, opens));
        }
    }

    private sealed class NormalWeight(int rows, int inputs) : WeightSource(new TensorIdentity("levels", WeightRole.Gemm, ElementType.Float32, [rows, inputs], 1))
    {
        public override void ReadCanonical(Span<float> destination)
        {
            var random = new Random(1);
            foreach (ref float w in destination) w = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        public override byte[] ReadRaw() => throw new NotSupportedException();
    }

    private static Row Measure(string name, string form, WeightTensor[] weights, Isa[] widths, int rounds)
    {
        using var memory = new NativeArena();
        int longest = weights.Max(w => w.Columns) * 16;
        nint ring = (nint)memory.AllocateFloats(Math.Max(Ring, longest)), scratch = (nint)memory.AllocateFloats(longest);
        Action[] decodes = [.. widths.Select(isa => (Action)(() =>
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            long at = 0;
            foreach (WeightTensor weight in weights)
                for (int first = 0; first < weight.Rows; first += 16, at += weight.Columns * 16L)
                {
                    if (at + weight.Columns * 16L > Ring) at = 0;
                    weight.DecodePanel16(first, 0, weight.Inputs, (float*)ring + at, (float*)scratch);
                }
        }))];
        Interleaved.Settle(decodes);
        double[] ms = Interleaved.Milliseconds(rounds, wall: false, decodes);
        return Report(name, form, weights.Sum(w => (long)w.Rows * w.Columns), widths, ms);
    }

    private static Row Report(string name, string form, long count, Isa[] widths, double[] ms)
    {
        Console.WriteLine($"{name,-20}{form,-12}{count,10}" + string.Concat(ms.Select(t => $"{t,14:F3}{count * 4 / t / 1e6,7:F1}")));
        return new Row(name, form, count, Named(ms), Named([.. ms.Select(t => count * 4 / t / 1e6)]));

        Dictionary<string, double> Named(double[] values) => widths.Zip(values).ToDictionary(p => p.First.ToString(), p => p.Second);
    }
}
