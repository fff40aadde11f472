using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Axes of a reduction, neighbours of one kind merged: what is kept, what is reduced, and what is innermost.</summary>
internal sealed class ReductionPlan
{
    private ReductionPlan(long[] keptSizes, long[] keptStrides, long[] reducedSizes, long[] reducedStrides, long inner, bool innerReduced, long count)
    {
        (KeptSizes, KeptStrides, ReducedSizes, ReducedStrides) = (keptSizes, keptStrides, reducedSizes, reducedStrides);
        (Inner, InnerReduced, Count) = (inner, innerReduced, count);
    }

    /// <summary>Kept axes, outermost first, without the innermost axis.</summary>
    public long[] KeptSizes { get; }
    public long[] KeptStrides { get; }
    /// <summary>Reduced axes, outermost first, without the innermost axis.</summary>
    public long[] ReducedSizes { get; }
    public long[] ReducedStrides { get; }
    /// <summary>Length of the innermost axis, which is contiguous.</summary>
    public long Inner { get; }
    public bool InnerReduced { get; }
    /// <summary>Elements that make one result.</summary>
    public long Count { get; }

    public static ReductionPlan Of(int[] shape, int[] axes)
    {
        // A last axis of length 1 that is reduced stands for "nothing".
        long[] sizes = new long[shape.Length + 1], strides = new long[shape.Length + 1];
        bool[] reduced = new bool[shape.Length + 1];
        int rank = 0;
        long count = 1;
        for (int d = 0; d < shape.Length; d++)
        {
            bool isReduced = Array.IndexOf(axes, d) >= 0;
            if (isReduced) count *= shape[d];
            if (shape[d] == 1) continue;
            if (rank > 0 && reduced[rank - 1] == isReduced) sizes[rank - 1] *= shape[d];
            else (sizes[rank], reduced[rank++]) = (shape[d], isReduced);
        }
        if (rank == 0) (sizes[rank], reduced[rank++]) = (1, true);
        long stride = 1;
        for (int d = rank - 1; d >= 0; d--) (strides[d], stride) = (stride, stride * sizes[d]);

        int outer = rank - 1, keptCount = 0;
        for (int d = 0; d < outer; d++)
            if (!reduced[d]) keptCount++;
        long[] keptSizes = new long[keptCount], keptStrides = new long[keptCount];
        long[] reducedSizes = new long[outer - keptCount], reducedStrides = new long[outer - keptCount];
        int k = 0, r = 0;
        for (int d = 0; d < outer; d++)
        {
            if (reduced[d]) (reducedSizes[r], reducedStrides[r++]) = (sizes[d], strides[d]);
            else (keptSizes[k], keptStrides[k++]) = (sizes[d], strides[d]);
        }
        return new ReductionPlan(keptSizes, keptStrides, reducedSizes, reducedStrides, sizes[rank - 1], reduced[rank - 1], count);
    }

    /// <summary>Product of sizes.</summary>
    public static long Product(long[] sizes)
    {
        long product = 1;
        foreach (long size in sizes) product *= size;
        return product;
    }

    /// <summary>Where the <paramref name="index"/>-th combination of indices lies.</summary>
    public static long Offset(long[] sizes, long[] strides, long index)
    {
        long offset = 0;
        for (int d = sizes.Length - 1; d >= 0; d--)
        {
            offset += index % sizes[d] * strides[d];
            index /= sizes[d];
        }
        return offset;
    }
}
