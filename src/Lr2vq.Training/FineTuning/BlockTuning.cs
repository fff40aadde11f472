using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Lr2vq.FineTuning;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using Lr2vq.Training.Weights;
using Modules = TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lr2vq.Training.FineTuning;

/// <summary>Fits block after block: what it makes of what the tuned blocks before it give is to be what the original's block makes of the original's values. After BRECQ (Li et al. 2021), with
/// levels rounded straight-through, or entries of codebooks.</summary>
internal sealed class BlockTuning(TunedNetwork tuned, TorchNetwork original, FineTuneTask task, Stopwatch clock, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Steps of a block, and samples of a step.</summary>
    private const int MostSteps = 400, MostSamples = 32;

    /// <summary>What the values between blocks may take.</summary>
    private const double MostBytes = 1.5e9;

    /// <summary>What a relative excess of bits costs in units of the relative error.</summary>
    private const double ExcessPrice = 3;

    private readonly TorchNetwork _network = tuned.Network;
    private readonly Phase _phase = tuned.Recipe.Phases[0];

    /// <param name="start">The weights that are kept if nothing is better.</param>
    public IReadOnlyList<EncodedTensor> Run(IReadOnlyList<EncodedTensor> start)
    {
        IReadOnlyList<NetworkBlock> blocks = NetworkBlock.Of(_network.Plan);
        if (blocks.Count == 0) throw new NotSupportedException("it has no blocks with one value in and one out; EndToEnd needs none");
        Stopwatch look = Stopwatch.StartNew();
        tuned.Export();
        task.Judge(start, cancellation);
        // Packed, looked at by who asked, and what may come between.
        TimeSpan end = task.TimeLimit - 2 * look.Elapsed - TimeSpan.FromSeconds(1);
        _network.IsTraining = original.IsTraining = false;
        using var values = BlockValues.Of(original, blocks, task, MostBytes);
        for (int b = 0; b < blocks.Count; b++)
        {
            TimeSpan left = end - clock.Elapsed;
            if (left <= TimeSpan.Zero) break;
            values.Advance(_network, original, blocks[b], cancellation);
            left = end - clock.Elapsed;
            Tune(blocks[b], values, b, blocks.Count, left > TimeSpan.Zero ? left / (blocks.Count - b) : TimeSpan.Zero, left);
        }
        return tuned.Export();
    }

    private void Tune(NetworkBlock block, BlockValues values, int number, int count, TimeSpan time, TimeSpan left)
    {
        TrainableWeight[] weights = [.. block.Steps.SelectMany(step => step.Inputs).Where(input => input is not null && _network.Weights.ContainsKey(input)).Distinct().Select(input => _network.Weights[input!])];
        HashSet<string> read = [.. block.Steps.SelectMany(step => step.Inputs).OfType<string>()];
        var parameters = _network.Parameters.Where(p => read.Contains(p.Name.Split('.')[0])).ToArray();
        if (parameters.Length == 0 || time <= TimeSpan.Zero) return;
        var kinds = parameters.GroupBy(p => tuned.Recipe.Factors.GetValueOrDefault(p.Kind, 1)).ToArray();
        using var optimizer = new Modules.Adam(kinds.Select(kind => new Modules.Adam.ParamGroup(kind.Select(p => p.Parameter), new Modules.Adam.Options())));
        foreach (TrainableWeight weight in weights) weight.Begin(_phase.Name);
        Tensor[] before = [.. parameters.Select(p => p.Parameter.detach().clone())];
        double bits = Bits(weights), error = Error(block, values), last = error;
        Stopwatch spent = Stopwatch.StartNew();
        for (int step = 0; step < MostSteps && spent.Elapsed < time; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            // By steps, so that it is the same whenever it runs; by time where it will not do for them.
            double share = (double)step / MostSteps;
            if (Pace.RunsOut(0, step, MostSteps, spent.Elapsed, time)) share = Math.Max(share, spent.Elapsed / time);
            double rate = _phase.LeastRate + (_phase.Rate - _phase.LeastRate) * 0.5 * (1 + Math.Cos(Math.PI * share));
            foreach ((var group, var kind) in optimizer.ParamGroups.Zip(kinds)) group.LearningRate = rate * kind.Key;
            SeededRandom random = SeededRandom.For(task.Seed, string.Create(CultureInfo.InvariantCulture, $"block {number} {step}"));
            last = Step(optimizer, block, values.Draw(random, MostSamples), weights, bits);
            progress?.Report(new CompressionProgress((number + share) / count, string.Create(CultureInfo.InvariantCulture,
                $"block {number + 1} of {count}, error {error:0.0000} → {last:0.0000}, {left - spent.Elapsed:m\\:ss} left")));
        }
        if (Error(block, values) < error) return;
        using var off = no_grad();
        for (int i = 0; i < before.Length; i++) parameters[i].Parameter.copy_(before[i]);
    }

    private double Step(optim.Optimizer optimizer, NetworkBlock block, IReadOnlyList<BlockPart> parts, TrainableWeight[] weights, double bits)
    {
        using var scope = NewDisposeScope();
        using FinalizerGate.Closed closed = FinalizerGate.Close();
        optimizer.zero_grad();
        double sum = 0;
        foreach (BlockPart part in parts)
        {
            Tensor loss = Loss(block, part) / parts.Count;
            sum += loss.item<float>();
            loss.backward();
        }
        // Levels may move, but not to where the file would be larger.
        if (bits > 0 && Count(weights) is { } now && now.item<float>() > bits) ((now / bits - 1) * ExcessPrice).backward();
        optimizer.step();
        _network.Constrain();
        return sum;
    }

    private Tensor Loss(NetworkBlock block, BlockPart part)
    {
        Tensor made = _network.Part(block.Steps, block.Entry, part.Tuned, block.Exit, part.Symbols);
        return (made - part.Target).square().sum() / part.Target.square().sum().clamp(min: 1e-12);
    }

    /// <summary>Relative error over all samples, as the file would have it.</summary>
    private double Error(NetworkBlock block, BlockValues values)
    {
        using var off = no_grad();
        using FinalizerGate.Closed closed = FinalizerGate.Close();
        double sum = 0;
        foreach (BlockPart part in values.All)
        {
            using var scope = NewDisposeScope();
            sum += Loss(block, part).item<float>() / values.All.Count;
        }
        return sum;
    }

    private static double Bits(TrainableWeight[] weights)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        return Count(weights) is { } bits ? bits.item<float>() : 0;
    }

    private static Tensor? Count(TrainableWeight[] weights)
    {
        Tensor? all = null;
        foreach (TrainableWeight weight in weights)
            if (weight.Bits() is { } bits) all = all is null ? bits : all + bits;
        return all;
    }
}
