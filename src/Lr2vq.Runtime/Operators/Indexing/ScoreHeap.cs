namespace Lr2vq.Operators;

/// <summary>Indices of scores as a heap: the best is taken first, of equal ones the first.</summary>
internal unsafe struct ScoreHeap(int* heap, float* scores)
{
    private int _count;

    /// <summary>All scores, or those above a bound.</summary>
    public void Fill(int count, float? least)
    {
        _count = 0;
        for (int i = 0; i < count; i++)
            if (least is not { } bound || scores[i] > bound) heap[_count++] = i;
        for (int i = _count / 2 - 1; i >= 0; i--) Sink(i);
    }

    /// <summary>The best index, which leaves the heap; −1 if none is left.</summary>
    public int Take()
    {
        if (_count == 0) return -1;
        int best = heap[0];
        heap[0] = heap[--_count];
        if (_count > 0) Sink(0);
        return best;
    }

    private readonly void Sink(int place)
    {
        int moved = heap[place];
        for (int child = 2 * place + 1; child < _count; child = 2 * place + 1)
        {
            if (child + 1 < _count && IsBetter(heap[child + 1], heap[child])) child++;
            if (!IsBetter(heap[child], moved)) break;
            heap[place] = heap[child];
            place = child;
        }
        heap[place] = moved;
    }

    /// <summary>What is no number is worse than any, so that the order is one.</summary>
    private readonly bool IsBetter(int a, int b)
    {
        float x = scores[a], y = scores[b];
        if (x == y || float.IsNaN(x) && float.IsNaN(y)) return a < b;
        return x > y || float.IsNaN(y);
    }
}
