using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Codecs;
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
        if (options.Json is { } json)
            File.WriteAllText(json, JsonSerializer.Serialize(rows, new JsonSerializerOptions { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase }));
        return 0;
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
        long count = weights.Sum(w => (long)w.Rows * w.Columns);
        Console.WriteLine($"{name,-20}{form,-12}{count,10}" + string.Concat(ms.Select(t => $"{t,14:F3}{count * 4 / t / 1e6,7:F1}")));
        return new Row(name, form, count, Named(ms), Named([.. ms.Select(t => count * 4 / t / 1e6)]));

        Dictionary<string, double> Named(double[] values) => widths.Zip(values).ToDictionary(p => p.First.ToString(), p => p.Second);
    }
}
