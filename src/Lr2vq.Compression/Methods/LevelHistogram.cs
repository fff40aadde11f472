using System;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>How often each level occurs.</summary>
internal sealed class LevelHistogram
{
    private long[] _counts = new long[512];
    private int _zero = 256;

    /// <summary>Smallest and largest level seen; 0, 0 before the first.</summary>
    public int Low { get; private set; }
    public int High { get; private set; }
    public long Total { get; private set; }

    public long this[int level] => level < Low || level > High ? 0 : _counts[_zero + level];

    public void Clear()
    {
        Array.Clear(_counts);
        Low = High = 0;
        Total = 0;
    }

    public void Add(int level, long count = 1)
    {
        if (level < Low || level > High) Widen(level);
        _counts[_zero + level] += count;
        Total += count;
    }

    /// <summary>Counts of the levels in [low, high].</summary>
    public long[] Range(int low, int high)
    {
        long[] range = new long[high - low + 1];
        for (int level = low; level <= high; level++) range[level - low] = this[level];
        return range;
    }

    /// <summary>Σ count · log₂(total / count): what the best static coder needs.</summary>
    public double EntropyBits()
    {
        if (Total == 0) return 0;
        double bits = 0, logTotal = ExactMath.Log2(Total);
        for (int level = Low; level <= High; level++)
        {
            long count = _counts[_zero + level];
            if (count > 0) bits += count * (logTotal - ExactMath.Log2(count));
        }
        return bits;
    }

    private void Widen(int level)
    {
        Low = Math.Min(Low, level);
        High = Math.Max(High, level);
        if (_zero + Low >= 0 && _zero + High < _counts.Length) return;
        int half = 2 * Math.Max(-Low, High) + 2;
        long[] larger = new long[2 * half];
        _counts.CopyTo(larger.AsSpan(half - _zero));
        _counts = larger;
        _zero = half;
    }
}
