using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Scaled dot-product attention: <c>y = softmax(scale · q · k + mask) · v</c>, the softmax along keys, batch axes broadcast.</summary>
/// <remarks>(q [.., M, D], k [.., D, N], v [.., N, W], mask [.., M or 1, N] or none) → (y [.., M, W]), f32, plain. Attributes scale (absent: 1)
/// and transB (k is [.., N, D]). The scores are never stored as a whole.</remarks>
public sealed class Attention : Operator, IOperator<Attention>
{
    private readonly float _scale;
    private readonly bool _transB;

    private Attention(float scale, bool transB) => (_scale, _transB) = (scale, transB);

    /// <inheritdoc/>
    public static Attention Read(StepAttributes attributes) => new(attributes.Float("scale", 1f), attributes.Flag("transB"));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 1, mostInputs: 4);
        rules.Plain();
        Extent[] q = Operand(rules, 0), k = Operand(rules, 1), v = Operand(rules, 2);
        StepRules.Equal(q[^1], k[_transB ? ^1 : ^2], "the depths of queries and keys");
        StepRules.Equal(k[_transB ? ^2 : ^1], v[^2], "the numbers of keys and of values");
        Extent[] batch = StepRules.Broadcast(StepRules.Broadcast(q.AsSpan(0, q.Length - 2), k.AsSpan(0, k.Length - 2)), v.AsSpan(0, v.Length - 2));
        if (rules.Has(3))
        {
            Extent[] mask = rules.Input(3).IsLike(ElementType.Float32).HasRank(1, int.MaxValue).Shape;
            StepRules.Equal(mask[^1], v[^2], "the columns of the mask and the number of keys");
            if (mask.Length > 1 && mask[^2].Value != 1) StepRules.Equal(mask[^2], q[^2], "the rows of the mask and the number of queries");
            if (mask.Length > 2) batch = StepRules.Broadcast(batch, mask.AsSpan(0, mask.Length - 2));
        }
        rules.Output(0).IsLike(ElementType.Float32).HasShape([.. batch, q[^2], v[^1]]);
        MatrixRules.Check(q[^2], v[^2], q[^1]);
        MatrixRules.Check(q[^2], v[^1], v[^2]);
        rules.Table(Extent.Product(batch), 8 * sizeof(long));
    }

    private static Extent[] Operand(in StepRules rules, int index) => rules.Input(index).IsLike(ElementType.Float32).HasRank(2, int.MaxValue).Shape;

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int[] q = shapes.Inputs[0].Shape, k = shapes.Inputs[1].Shape, v = shapes.Inputs[2].Shape, batch = shapes.Outputs[0].Shape[..^2];
        int[] mask = shapes.Inputs.Length > 3 ? shapes.Inputs[3].Shape : [];
        int m = q[^2], d = q[^1], n = v[^2], width = v[^1];
        if (mask.Length == 1) mask = [1, n];
        long[] atQ = BatchOffsets.Of(q, batch), atK = BatchOffsets.Of(k, batch), atV = BatchOffsets.Of(v, batch);
        long[] atMask = mask.Length == 0 ? new long[atQ.Length] : BatchOffsets.Of(mask, batch);
        bool oneRow = mask.Length > 0 && mask[^2] == 1;
        long maskFloats = oneRow ? n : (long)m * n;
        var offsets = new FusedAttention.Offsets[atQ.Length];
        for (int i = 0; i < offsets.Length; i++)
            offsets[i] = new(atQ[i] * m * d, atK[i] * d * n, atV[i] * n * width, atMask[i] * maskFloats);
        var kernel = new FusedAttention(offsets.Length, m, n, d, width, _transB, _scale, Lanes.Isa, shapes.Threads);
        return new StepPreparation(kernel.ScratchBytes, new State(kernel, offsets, mask.Length == 0 || oneRow ? 0 : n));
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        var state = (State)arguments.State!;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        float* mask = inputs.Length > 3 ? inputs[3].F32 : null;
        state.Kernel.Run(inputs[0].F32, inputs[1].F32, inputs[2].F32, mask, state.MaskRow, arguments.Outputs[0].F32, state.Offsets, arguments.Scratch, arguments.Team);
    }

    private sealed record State(FusedAttention Kernel, FusedAttention.Offsets[] Offsets, long MaskRow);
}
