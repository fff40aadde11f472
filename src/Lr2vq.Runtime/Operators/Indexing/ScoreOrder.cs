using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Indices of scores from the best on, of equal ones the first; what is no number is worse than any.</summary>
/// <remarks>An element is one number: above the score, in a form whose order is that of whole numbers, the best the least, below the index. The elements go to buckets of
/// scores that are near to each other; a bucket is sorted when it is reached, which most are not where few are taken.</remarks>
/// <param name="memory">As many bytes as <see cref="ByteLength"/> says, aligned to 64.</param>
/// <param name="most">How many scores there are at most.</param>
internal unsafe struct ScoreOrder(byte* memory, int most)
{
    private const int FewestBuckets = 2, MostBuckets = 2048, BucketLength = 8, LineBytes = 64;

    private readonly ulong* _found = (ulong*)memory, _ordered = (ulong*)memory + most;
    private readonly int* _ends = (int*)((ulong*)memory + 2L * most);
    private int _count, _bucket, _next;

    /// <summary>Of the memory for some scores, in whole cache lines.</summary>
    public static long ByteLength(int most) => (2L * most * sizeof(ulong) + MostBuckets * sizeof(int) + LineBytes - 1) / LineBytes * LineBytes;

    /// <summary>Begins with all scores, or those above a bound.</summary>
    public void Fill<L, V>(float* scores, int count, float? least) where L : struct, ILanes<V> where V : struct
    {
        _count = 0;
        if (least is { } bound) Collect<L, V>(scores, count, bound);
        else
            for (int i = 0; i < count; i++) Append(scores, i);
        Distribute();
        (_bucket, _next) = (-1, 0);
    }

    /// <summary>The best index of those that were not taken yet; −1 if there is none.</summary>
    public int Take()
    {
        if (_next == _count) return -1;
        if (_bucket < 0 || _next == _ends[_bucket])
        {
            do _bucket++;
            while (_ends[_bucket] == _next);
            new Span<ulong>(_ordered + _next, _ends[_bucket] - _next).Sort();
        }
        return (int)(uint)_ordered[_next++];
    }

    [MethodImpl(Compile.Loop)]
    private void Collect<L, V>(float* scores, int count, float least) where L : struct, ILanes<V> where V : struct
    {
        V bound = L.Splat(least);
        int i = 0;
        for (; i + L.Count <= count; i += L.Count)
            for (uint above = L.MaskBits(L.Less(bound, L.Load(scores + i))); above != 0; above &= above - 1) Append(scores, i + BitOperations.TrailingZeroCount(above));
        for (; i < count; i++)
            if (scores[i] > least) Append(scores, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Append(float* scores, int index)
    {
        // −0 is 0.
        float score = scores[index] + 0f;
        int bits = BitConverter.SingleToInt32Bits(score);
        uint place = float.IsNaN(score) ? uint.MaxValue : (uint)(bits < 0 ? bits : ~bits & int.MaxValue);
        _found[_count++] = (ulong)place << 32 | (uint)index;
    }

    /// <summary>To buckets of the same width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Distribute()
    {
        ulong* found = _found, ordered = _ordered;
        int* ends = _ends;
        int count = _count;
        ulong low = ulong.MaxValue, high = 0;
        for (int i = 0; i < count; i++) (low, high) = (Math.Min(low, found[i]), Math.Max(high, found[i]));
        // Two buckets at least, or the width of one may need more bits than a shift can have.
        int buckets = Math.Clamp(count / BucketLength, FewestBuckets, MostBuckets), shift = count == 0 ? 0 : 64 - BitOperations.LeadingZeroCount((high - low) / (uint)buckets);
        new Span<int>(ends, buckets).Clear();
        for (int i = 0; i < count; i++) ends[(found[i] - low) >> shift]++;
        for (int b = 0, start = 0; b < buckets; b++) (ends[b], start) = (start, start + ends[b]);
        // Where a bucket begins becomes where it ends.
        for (int i = 0; i < count; i++) ordered[ends[(found[i] - low) >> shift]++] = found[i];
    }
}
