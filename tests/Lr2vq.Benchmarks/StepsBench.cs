using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;

namespace Lr2vq.Benchmarks;

/// <summary>Where the time of a network goes: each step, and what decoding its weight alone costs. Published networks only if they are named.</summary>
internal static unsafe class StepsBench
{
    public static int Run(BenchmarkOptions options)
    {
        foreach (PeersBench.Case one in PeersBench.Cases().Where(c => options.Wants(c.Name)))
        {
            if (TestData.FindModel(one.Model, out _) is not { } path) continue;
            if (options.Threads > 1)
            {
                StepsOfThreads.Run(one, path, options);
                continue;
            }
            using PlanRunner model = PeersBench.Load(one, path);
            using ModelSession session = model.CreateSession();
            float[] values = new float[one.Shape.Aggregate(1, (a, b) => a * b)];
            One(one.Name, model, session, options.Rounds, () =>
            {
                session.SetInput<float>(0, values, one.Shape);
                session.Run();
            });
        }
        if (options.Threads > 1) return 0;
        foreach (string file in options.Networks())
            foreach ((string setting, Preset preset) in FieldBench.Settings)
            {
                string name = $"{Path.GetFileNameWithoutExtension(file)}-{setting}";
                if (options.Only.Length == 0 || !options.Wants(name) || options.Find(file, out _) is not { } path) continue;
                using FieldCase one = new(file, path, preset, 1);
                one.FindInputs(_ => [], out _);
                One(name, one.Model, one.Session, options.Rounds, one.Run);
            }
        return 0;
    }

    private static void One(string name, PlanRunner model, ModelSession session, int rounds, Action call)
    {
        int steps = model.Network.Steps.Length;
        var times = new double[steps][];
        for (int i = 0; i < steps; i++) times[i] = new double[rounds];
        var shapes = new string[steps];
        var flops = new double[steps];
        int round = -2;
        double last = 0;
        session.Observer = new SeenSteps((number, inputs, outputs) =>
        {
            double now = ThreadTime.Seconds;
            if (round >= 0) times[number - 1][round] = (now - last) * 1e3;
            else
            {
                shapes[number - 1] = $"[{string.Join(',', inputs[0].Shape)}] to [{string.Join(',', outputs[0].Shape)}]";
                if (inputs.Length > 1 && WeightOf(model, number) is { } weight && weight.Role == WeightRole.Conv)
                    flops[number - 1] = 2.0 * weight.Rows * weight.Columns * outputs[0].Shape[0] * outputs[0].Shape[2] * outputs[0].Shape[3];
            }
            last = ThreadTime.Seconds;
        });
        for (; round < rounds; round++)
        {
            last = ThreadTime.Seconds;
            call();
        }
        Console.WriteLine(name);
        var sums = new Dictionary<string, double>();
        double total = 0, decode = 0;
        for (int i = 0; i < steps; i++)
        {
            double ms = times[i].Order().ElementAt(rounds / 2);
            PlanStep plan = model.Network.Steps[i].Plan;
            double weight = WeightOf(model, i + 1) is { } w ? Decode(w, rounds) : 0;
            total += ms;
            decode += weight;
            sums[plan.Operator] = sums.GetValueOrDefault(plan.Operator) + ms;
            if (ms > 0.002)
                Console.WriteLine($"{i + 1,4} {plan.Operator,-18}{ms,8:F3} ms{(flops[i] > 0 ? $"{flops[i] / ms / 1e6,8:F1} GFLOP/s" : new string(' ', 16))}{(weight > 0 ? $"  decode {weight,6:F3}" : ""),-16} {shapes[i]}"
                    + $" {string.Join(' ', plan.Attributes.Pairs.Select(p => p.Key + "=" + p.Value))}");
        }
        Console.WriteLine($"total {total:F2} ms, decoding {decode:F2} ms; " + string.Join(", ", sums.OrderByDescending(s => s.Value).Select(s => $"{s.Key} {s.Value:F2}")));
    }

    private static WeightTensor? WeightOf(PlanRunner model, int number)
    {
        Sessions.NetworkStep step = model.Network.Steps[number - 1];
        for (int i = 0; i < step.Inputs.Length; i++)
            if (step.Taken[i] && step.Inputs[i] >= 0) return model.Network.Values[step.Inputs[i]].Compressed;
        return null;
    }

    private static double Decode(WeightTensor weight, int rounds)
    {
        using var memory = new NativeArena();
        float* panel = memory.AllocateFloats(16L * weight.Columns), scratch = memory.AllocateFloats(16L * weight.Columns);
        nint p = (nint)panel, s = (nint)scratch;
        return Interleaved.Milliseconds(Math.Min(rounds, 3), wall: false, () =>
        {
            for (int first = 0; first < weight.Rows; first += 16) weight.DecodePanel16(first, 0, weight.Inputs, (float*)p, (float*)s);
        })[0];
    }
}
