using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Evaluation;

/// <summary>Ends a run between two steps, counts the multiplications that it takes, and keeps what steps chose. A loop that hardly ends, ends too.</summary>
internal sealed class GateObserver(Plan plan, CancellationToken token) : StepObserver
{
    /// <summary>Most that the turns of all loops of a run may take, in multiplications; a step counts for some whatever it does. That is about a million small steps.</summary>
    private const double MostOfTurns = 1L << 38, WorkOfStep = 1 << 18;

    /// <summary>What a candidate of a suppression costs beside the boxes that it is compared with: its place in the order, and to look where it lies.</summary>
    private const double WorkOfCandidate = 1 << 10;

    /// <summary>Numbers of the steps that are computed again and again.</summary>
    private readonly HashSet<int> _repeated = [.. WeightPlaces.InBodies(plan), .. plan.Steps.Where(step => step.Operator == nameof(Loop)).Select(step => step.Number)];
    private double _turns;
    private int _last, _candidates;

    private readonly double[] _work = new double[plan.Steps.Count + 1];
    private readonly Dictionary<int, byte[]> _chosen = [];

    public CancellationToken Token => token;

    public double Work => WorkFrom(1);

    /// <summary>Bytes that steps made since <see cref="Start"/>.</summary>
    public double Bytes { get; private set; }

    public int Steps { get; private set; }

    /// <summary>Numbers of the steps whose integers are kept.</summary>
    public HashSet<int> Choices { get; } = [];

    /// <summary>The integers that they made last, by the number of the step.</summary>
    public IReadOnlyDictionary<int, byte[]> Chosen => _chosen;

    /// <summary>Of a step and all later ones.</summary>
    public double WorkFrom(int step)
    {
        double work = 0;
        for (int s = Math.Max(step, 1); s < _work.Length; s++) work += _work[s];
        return work;
    }

    public void Start()
    {
        (Bytes, Steps) = (0, 0);
        (_turns, _last) = (0, 0);
        _chosen.Clear();
    }

    /// <summary>The share of what a step chose that it chooses no more.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="before">What it chose; null if its branch was not taken.</param>
    public double Moved(int step, byte[]? before)
    {
        byte[]? after = _chosen.GetValueOrDefault(step);
        if (before is null || after is null) return before == after ? 0 : 1;
        if (before.Length != after.Length) return 1;
        ElementType type = TypeOf(step);
        int size = ElementTypes.ByteLength(type), moved = 0, chosen = 0;
        for (int i = 0; i < before.Length; i += size)
        {
            if (type == ElementType.Bool && before[i] == 0) continue;
            chosen++;
            if (!before.AsSpan(i, size).SequenceEqual(after.AsSpan(i, size))) moved++;
        }
        return chosen == 0 ? 0 : (double)moved / chosen;
    }

    public override void Before(int step, ReadOnlySpan<TensorView> inputs)
    {
        token.ThrowIfCancellationRequested();
        Steps++;
        if (inputs.Length > 0) _work[step] = WorkOf(step, inputs);
        if (IsSuppression(step)) _candidates = inputs[1].Shape[2];
        if (!_repeated.Contains(step))
        {
            // Another run has begun.
            if (step <= _last) _turns = 0;
            _last = step;
        }
        else if ((_turns += WorkOfStep + _work[step]) > MostOfTurns)
        {
            (_turns, _last) = (0, 0);
            throw new LongRunException("a loop goes on for too long");
        }
    }

    private double WorkOf(int step, ReadOnlySpan<TensorView> inputs)
    {
        long length = inputs[0].Length;
        return plan.Steps[step - 1].Operator switch
        {
            "Conv" or "Conv3D" or "ConvTranspose" or "ConvTranspose3D" => (double)length / Math.Max(1, inputs[0].Shape[1]) * inputs[1].Length,
            "Gemm" or "MatMul" => (double)length * (inputs[1].Shape is [.., var columns] ? columns : 1),
            nameof(NonMaxSuppression) => WorkOfCandidate * inputs[1].Length,
            // The products of the inputs are a step of their own.
            "LSTM" or "GRU" or "RNN" => (double)length / Math.Max(1, inputs[0].Shape[^1]) * inputs[1].Length,
            _ => 4.0 * length,
        };
    }

    private bool IsSuppression(int step) => plan.Steps[step - 1].Operator == nameof(NonMaxSuppression);

    public override unsafe void After(int step, ReadOnlySpan<TensorView> outputs)
    {
        foreach (ref readonly TensorView output in outputs) Bytes += 4.0 * output.StoredLength;
        // Each candidate is compared with what was taken of its class.
        if (IsSuppression(step)) _work[step] += (double)_candidates * outputs[0].Shape[0];
        if (!Choices.Contains(step)) return;
        ref readonly TensorView choice = ref outputs[^1];
        _chosen[step] = new ReadOnlySpan<byte>(choice.Data, checked((int)choice.Length * ElementTypes.ByteLength(choice.Type))).ToArray();
    }

    /// <summary>Of what is chosen: the last output of every step that chooses.</summary>
    private ElementType TypeOf(int step) => plan.Steps[step - 1].Outputs[^1].Type;
}
