using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>How several tensors are read side by side under NumPy's broadcasting: the dimensions of the output, those that every operand
/// walks through evenly merged into one, with a stride for each operand (0 where it is repeated).</summary>
/// <remarks>A blocked tensor counts as plain [N, ⌈C/16⌉, H, W, 16]. The innermost dimension is contiguous or repeated in every operand.</remarks>
internal sealed class BroadcastPlan
{
    private BroadcastPlan(long[] sizes, long[][] strides) => (Sizes, Strides) = (sizes, strides);

    /// <summary>Dimensions of the output, outermost first; at least one.</summary>
    public long[] Sizes { get; }

    /// <summary>Strides[operand][dimension] in elements.</summary>
    public long[][] Strides { get; }

    public int Rank => Sizes.Length;

    public static BroadcastPlan Of(in StepShapes shapes)
    {
        int operands = shapes.Inputs.Length;
        long[] output = Stored(shapes.Outputs[0], shapes.Outputs[0]);
        long[][] dense = new long[operands][];
        for (int o = 0; o < operands; o++) dense[o] = DenseStrides(Stored(shapes.Inputs[o], shapes.Outputs[0]), output);

        long[] sizes = new long[Math.Max(1, output.Length)];
        long[][] strides = new long[operands][];
        for (int o = 0; o < operands; o++) strides[o] = new long[sizes.Length];
        int rank = 0;
        for (int d = 0; d < output.Length; d++)
        {
            if (output[d] == 1) continue;
            bool merges = rank > 0;
            for (int o = 0; o < operands && merges; o++) merges = strides[o][rank - 1] == dense[o][d] * output[d];
            if (merges) sizes[rank - 1] *= output[d];
            else sizes[rank++] = output[d];
            for (int o = 0; o < operands; o++) strides[o][rank - 1] = dense[o][d];
        }
        if (rank == 0) sizes[rank++] = 1;
        for (int o = 0; o < operands; o++) Array.Resize(ref strides[o], rank);
        Array.Resize(ref sizes, rank);
        return new BroadcastPlan(sizes, strides);
    }

    /// <summary>The dimensions in memory. A plain operand of a blocked output is a scalar.</summary>
    private static long[] Stored(in TensorView tensor, in TensorView output)
    {
        int[] shape = tensor.Shape;
        if (tensor.Layout == TensorLayout.Blocked) return [shape[0], (shape[1] + 15) / 16, shape[2], shape[3], 16];
        if (output.Layout == TensorLayout.Blocked)
            return tensor.Length == 1 ? [1] : throw new InvalidOperationException("A plain operand of a blocked result must be a scalar.");
        return Array.ConvertAll(shape, d => (long)d);
    }

    private static long[] DenseStrides(long[] shape, long[] output)
    {
        long[] strides = new long[output.Length];
        long stride = 1;
        for (int i = 1; i <= shape.Length; i++)
        {
            long size = shape[^i];
            // The compiler takes expressions to be equal that are so for the shapes a network is made for; others end here.
            if (size != 1 && size != output[^i]) throw new ArgumentException($"the lengths {size} and {output[^i]} do not fit");
            if (size != 1) strides[^i] = stride;
            stride *= size;
        }
        return strides;
    }
}
