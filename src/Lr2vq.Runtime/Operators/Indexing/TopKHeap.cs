using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>The k best elements seen so far, as a heap of their indices whose root is the worst of them.</summary>
internal unsafe ref struct TopKHeap<T>(T* values, long stride, bool largest, long* heap, int capacity) where T : unmanaged, INumber<T>
{
    private int _count;

    /// <summary>Takes in what is better than the worst, of the indices [0, count).</summary>
    [MethodImpl(Compile.Loop)]
    public void OfferAll(long count)
    {
        long i = 0;
        for (; i < Math.Min(count, capacity); i++) Offer(i);
        if (stride == 1 && Vector256.IsHardwareAccelerated)
            for (; i + Vector256<T>.Count <= count; i += Vector256<T>.Count)
            {
                // Most vectors have nothing that is better.
                Vector256<T> found = Vector256.Load(values + i), worst = Vector256.Create(values[heap[0]]);
                if (!(largest ? Vector256.GreaterThanAny(found, worst) : Vector256.LessThanAny(found, worst))) continue;
                for (int k = 0; k < Vector256<T>.Count; k++) Offer(i + k);
            }
        for (; i < count; i++) Offer(i);
    }

    private void Offer(long index)
    {
        if (_count < capacity)
        {
            int at = _count++;
            while (at > 0 && IsBetter(heap[(at - 1) / 2], index)) at = Move(at, (at - 1) / 2);
            heap[at] = index;
        }
        else if (IsBetter(index, heap[0]))
        {
            Sink(index, _count);
        }
    }

    /// <summary>Orders the indices, the best first.</summary>
    public void Sort()
    {
        for (int end = _count - 1; end > 0; end--)
        {
            long worst = heap[0], last = heap[end];
            Sink(last, end);
            heap[end] = worst;
        }
    }

    /// <summary>Puts an index in the place of the root.</summary>
    private readonly void Sink(long index, int count)
    {
        int at = 0;
        while (true)
        {
            int child = 2 * at + 1;
            if (child >= count) break;
            if (child + 1 < count && IsBetter(heap[child], heap[child + 1])) child++;
            if (!IsBetter(index, heap[child])) break;
            at = Move(at, child);
        }
        heap[at] = index;
    }

    private readonly int Move(int to, int from)
    {
        heap[to] = heap[from];
        return from;
    }

    // Of equal elements the earlier is better.
    private readonly bool IsBetter(long a, long b)
    {
        T x = values[a * stride], y = values[b * stride];
        if (x == y) return a < b;
        return largest ? x > y : x < y;
    }
}
