using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Lr2vq.FineTuning;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;

namespace Lr2vq.Training.FineTuning;

/// <summary>Some samples between two blocks.</summary>
/// <param name="Tuned">What the tuned blocks before give.</param>
/// <param name="Target">What the original's block gives.</param>
/// <param name="Symbols">The network's symbols for so many samples.</param>
internal readonly record struct BlockPart(Tensor Tuned, Tensor Target, Dictionary<string, long> Symbols);

/// <summary>The values of all samples between two blocks, of the network that is tuned and of the original. Samples lie together where the network takes several at once, else one by one.</summary>
internal sealed class BlockValues : IDisposable
{
    private const int Together = 16;

    private readonly List<(Tensor Tuned, Tensor Original, Tensor? Target, long[] Dimensions)> _parts;
    private readonly bool _stacks;
    private readonly TorchNetwork _network;
    private NetworkBlock? _block;

    private BlockValues(TorchNetwork network, List<(Tensor, Tensor, Tensor?, long[])> parts, bool stacks) => (_network, _parts, _stacks) = (network, parts, stacks);

    /// <summary>Everything, in parts that are computed at once.</summary>
    public IReadOnlyList<BlockPart> All => [.. _parts.Select(p => new BlockPart(p.Tuned, p.Target!, _network.SymbolsOf(p.Dimensions)))];

    /// <summary>The samples as they come into the first block.</summary>
    /// <param name="mostBytes">What the values between two blocks may take; samples beyond are left out.</param>
    public static BlockValues Of(TorchNetwork original, IReadOnlyList<NetworkBlock> blocks, FineTuneTask task, double mostBytes)
    {
        using var off = no_grad();
        bool stacks = SampleDraw.Stacks(original.Plan.Inputs, task.Training);
        var exits = new HashSet<string>(blocks.Select(b => b.Exit).Append(blocks[0].Entry), StringComparer.Ordinal);
        long largest = 1;
        List<(Tensor, Tensor, Tensor?, long[])> parts = [];
        int count = task.Training.Count;
        for (int i = 0; i < count; i += stacks ? Together : 1)
        {
            using var scope = NewDisposeScope();
            using FinalizerGate.Closed closed = FinalizerGate.Close();
            InputSample[] samples = [.. Enumerable.Range(i, Math.Min(stacks ? Together : 1, count - i)).Select(n => task.Training[n])];
            InputSample sample = samples.Length == 1 ? samples[0] : SampleDraw.Stacked(samples);
            Tensor[] inputs = [.. sample.Values.Select(TensorValues.Of)];
            Tensor? entry = original.Plan.Inputs.Zip(inputs).FirstOrDefault(pair => pair.First.Value == blocks[0].Entry).Second;
            if (i == 0 || entry is null)
                original.Forward(inputs, (step, results) =>
                {
                    for (int o = 0; o < results.Length; o++)
                    {
                        if (!exits.Contains(step.Outputs[o].Value)) continue;
                        largest = Math.Max(largest, results[o].numel() / samples.Length);
                        if (step.Outputs[o].Value == blocks[0].Entry) entry = results[o];
                    }
                });
            // Three floats of each value.
            if (i == 0) count = (int)Math.Clamp(mostBytes / (12.0 * largest), 1, count);
            entry = entry!.detach().MoveToOuterDisposeScope();
            parts.Add((entry, entry.clone().MoveToOuterDisposeScope(), null, [.. inputs.SelectMany(input => input.shape)]));
        }
        return new BlockValues(original, parts, stacks);
    }

    /// <summary>Goes through the block at hand, as it is tuned now, and gives the next one its targets.</summary>
    public void Advance(TorchNetwork tuned, TorchNetwork original, NetworkBlock next, CancellationToken cancellation)
    {
        using var off = no_grad();
        for (int i = 0; i < _parts.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using FinalizerGate.Closed closed = FinalizerGate.Close();
            (Tensor value, Tensor before, Tensor? target, long[] dimensions) = _parts[i];
            Dictionary<string, long> symbols = _network.SymbolsOf(dimensions);
            if (_block is { } done)
            {
                Tensor moved = tuned.Part(done.Steps, done.Entry, value, done.Exit, symbols).MoveToOuterDisposeScope();
                value.Dispose();
                before.Dispose();
                (value, before) = (moved, target!);
            }
            target = original.Part(next.Steps, next.Entry, before, next.Exit, symbols).MoveToOuterDisposeScope();
            _parts[i] = (value, before, target, dimensions);
        }
        _block = next;
    }

    /// <summary>Some samples by chance.</summary>
    public IReadOnlyList<BlockPart> Draw(SeededRandom random, int most)
    {
        if (!_stacks) return [.. Enumerable.Range(0, Math.Min(most, _parts.Count)).Select(_ => random.Below(_parts.Count)).Select(i => All[i])];
        int samples = (int)_parts.Sum(p => p.Tuned.shape[0]), count = Math.Min(most, samples);
        List<Tensor> tuned = [], targets = [];
        for (int i = 0; i < count; i++)
        {
            int at = random.Below(samples), part = at / Together, row = at % Together;
            tuned.Add(_parts[part].Tuned.narrow(0, row, 1));
            targets.Add(_parts[part].Target!.narrow(0, row, 1));
        }
        long[] dimensions = (long[])_parts[0].Dimensions.Clone();
        for (int d = 0, port = 0; port < _network.Plan.Inputs.Count; d += _network.Plan.Inputs[port++].Shape.Count) dimensions[d] = count;
        return [new BlockPart(cat(tuned, 0), cat(targets, 0), _network.SymbolsOf(dimensions))];
    }

    public void Dispose()
    {
        foreach ((Tensor value, Tensor before, Tensor? target, _) in _parts)
        {
            value.Dispose();
            before.Dispose();
            target?.Dispose();
        }
    }
}
