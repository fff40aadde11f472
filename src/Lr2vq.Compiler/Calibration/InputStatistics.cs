using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Calibration;

/// <summary>What samples show of the inputs of the weights: their Grams.</summary>
internal sealed class InputStatistics
{
    /// <summary>Most positions of a sample that enter a Gram.</summary>
    private const int PositionsOfSample = 256;
    /// <summary>Most positions of all samples.</summary>
    private const int AllPositions = 32768;
    /// <summary>Samples that are run before Grams are added to.</summary>
    private const int Chunk = 4;
    private const long ChunkBytes = 8L << 20;

    private readonly Plan _plan;
    private readonly IReadOnlyList<WeightInput> _inputs;
    private readonly Dictionary<int, InputGram> _grams = [], _pooled = [];      // by weight

    private InputStatistics(Plan plan, IReadOnlyList<WeightInput> inputs) => (_plan, _inputs) = (plan, inputs);

    /// <summary>The Gram of the inputs of a weight; null if none was asked for.</summary>
    public InputGram? Gram(int weight)
    {
        if (!_grams.TryGetValue(weight, out InputGram? gram) || gram.Count == 0) return null;
        // Behind a global pool there is one vector a sample, far fewer than columns: what the pool saw has the same structure.
        return _pooled.TryGetValue(weight, out InputGram? pooled) ? gram.MixedWith(pooled) : gram;
    }

    /// <summary>Forgets a Gram that is not needed any more.</summary>
    public void Drop(int weight)
    {
        _grams.Remove(weight);
        _pooled.Remove(weight);
    }

    /// <param name="network">The network whose steps are watched.</param>
    /// <param name="samples">What it is run on.</param>
    /// <param name="mostColumns">Most columns of a Gram of one weight; 0 for a weight of which none is wanted.</param>
    /// <param name="seed">Chooses positions.</param>
    public static InputStatistics Of(EvaluationNetwork network, IReadOnlyList<WeightInput> inputs, IReadOnlyList<InputSample> samples, Func<int, int> mostColumns,
        int seed, Workers workers, Action<double> progress)
    {
        var statistics = new InputStatistics(network.Plan, inputs);
        foreach (WeightInput input in inputs)
        {
            int most = mostColumns(input.Weight);
            if (most == 0) continue;
            GramShape shape = GramShape.Of(TensorIdentity.Of(network.Plan.Weights[input.Weight]), most);
            statistics._grams.TryAdd(input.Weight, new InputGram(shape));
            if (input.Pool > 0 && shape.Groups == 1) statistics._pooled.TryAdd(input.Weight, new InputGram(shape));
        }
        int positions = Math.Clamp(AllPositions / samples.Count, 1, PositionsOfSample);
        for (int first = 0; first < samples.Count; first += Chunk)
        {
            using var observer = new Observer(statistics, positions, workers.Cancellation);
            for (int s = first; s < Math.Min(samples.Count, first + Chunk); s++)
            {
                observer.Begin(samples[s], SeededRandom.For(seed, "positions " + s));
                network.Run(samples[s], observer);
                progress(0.5 / samples.Count);
            }
            observer.Flush(workers);
            progress(0.5 * Math.Min(Chunk, samples.Count - first) / samples.Count);
        }
        return statistics;
    }

    /// <summary>Positions of some samples, as rows.</summary>
    private sealed unsafe class Rows(int length, int capacity, NativeArena memory)
    {
        public float* Values { get; } = memory.AllocateFloats((long)length * capacity);

        public int Count { get; set; }

        public int Capacity => capacity;
    }

    private sealed unsafe class Observer(InputStatistics statistics, int positions, CancellationToken cancellation) : StepObserver, IDisposable
    {
        private readonly NativeArena _memory = new();
        private readonly Dictionary<InputGram, Rows> _rows = [];
        private readonly ILookup<int, WeightInput> _steps = statistics._inputs.ToLookup(input => input.Step);
        private readonly ILookup<int, WeightInput> _pools = statistics._inputs.Where(input => input.Pool > 0).ToLookup(input => input.Pool);
        private Dictionary<string, long> _symbols = [];
        private SeededRandom _random;
        private TensorView _x;

        public void Begin(InputSample sample, SeededRandom random)
        {
            _random = random;
            _symbols = new InputShapes(statistics._plan.Inputs).Solve([.. sample.Values.SelectMany(value => value.Shape)]);
        }

        public override void Before(int step, ReadOnlySpan<TensorView> inputs)
        {
            cancellation.ThrowIfCancellationRequested();
            if (inputs.Length > 0) _x = inputs[0];
        }

        public override void After(int step, ReadOnlySpan<TensorView> outputs)
        {
            foreach (WeightInput input in _pools[step])
                if (statistics._pooled.TryGetValue(input.Weight, out InputGram? gram) && _x.Rank == 4 && _x.Shape[1] == gram.Shape.Columns) Take(gram, InputPatches.Pixels(_x));
            foreach (WeightInput input in _steps[step])
            {
                if (outputs[0].Length == 0 || !statistics._grams.TryGetValue(input.Weight, out InputGram? gram)) continue;
                PlanWeight weight = statistics._plan.Weights[input.Weight];
                InputPatches patches = input.Attributes is null ? InputPatches.Rows(_x)
                    : InputPatches.Of(_x, outputs[0], weight.Role, CanonicalShape.Of(weight.Role, [.. weight.Shape], weight.Groups), input.Attributes, _symbols);
                Take(gram, patches);
            }
        }

        /// <summary>Keeps some positions, spread over all.</summary>
        private void Take(InputGram gram, InputPatches patches)
        {
            int length = gram.Shape.Groups * gram.Shape.Columns;
            if (!_rows.TryGetValue(gram, out Rows? rows))
            {
                int most = (int)Math.Clamp(ChunkBytes / (sizeof(float) * Chunk * (long)length), 1, positions);
                _rows.Add(gram, rows = new Rows(length, Chunk * most, _memory));
            }
            int wanted = Math.Min(Math.Min(patches.Positions, rows.Capacity / Chunk), rows.Capacity - rows.Count);
            for (int i = 0; i < wanted; i++)
            {
                double place = wanted == patches.Positions ? i : (i + _random.Uniform()) * patches.Positions / wanted;
                patches.Read(Math.Min((int)place, patches.Positions - 1), rows.Values + (long)(rows.Count++) * length);
            }
        }

        public void Flush(Workers workers)
        {
            KeyValuePair<InputGram, Rows>[] all = [.. _rows];
            workers.Run(all.Length, i => (double)all[i].Key.Shape.Columns * all[i].Key.Shape.PartColumns * all[i].Key.Shape.Groups * all[i].Value.Count,
                i => all[i].Key.Add(all[i].Value.Values, all[i].Value.Count, workers.Cancellation));
        }

        public void Dispose() => _memory.Dispose();
    }
}
