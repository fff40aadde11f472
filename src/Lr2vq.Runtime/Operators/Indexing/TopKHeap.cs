using System.Numerics;

namespace Lr2vq.Operators;

/// <summary>The k best elements seen so far, as a heap of their indices whose root is the worst of them.</summary>
internal unsafe ref struct TopKHeap<T>(T* values, long stride, bool largest, long* heap, int capacity) where T : unmanaged, INumber<T>
{
    private int _count;

    /// <summary>Takes an index in if it is better than the worst.</summary>
    public void Offer(long index)
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
