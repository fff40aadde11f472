using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Tensors as they lie in memory.</summary>
internal static class StoredShape
{
    /// <summary>Dimensions in memory: the shape, or [N, ⌈C/16⌉, H, W, 16].</summary>
    public static long[] Of(in TensorView tensor)
    {
        int[] shape = tensor.Shape;
        return tensor.Layout == TensorLayout.Blocked
            ? [shape[0], (shape[1] + 15) / 16, shape[2], shape[3], 16]
            : Array.ConvertAll(shape, d => (long)d);
    }
}
