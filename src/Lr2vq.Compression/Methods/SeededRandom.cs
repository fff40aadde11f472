namespace Lr2vq.Compression.Methods;

/// <summary>A small random generator (SplitMix64) whose sequence is ours, so that a seed gives the same file with every version of .NET.</summary>
internal struct SeededRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>In [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>In [0, count).</summary>
    public int Below(int count) => (int)(Uniform() * count);

    /// <summary>Nearly normal, mean 0, variance 1: the sum of four uniform numbers, which needs no function that differs between machines.</summary>
    public double Normal()
    {
        ulong bits = Next();
        double sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (double)(bits >> 48);
        return (sum / 65536.0 - 2.0) * 1.7320508075688772;
    }

    /// <summary>The numbers from 0 to <paramref name="count"/> − 1 in an order by chance.</summary>
    public int[] Permutation(int count)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        for (int i = count - 1; i > 0; i--)
        {
            int other = Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    /// <summary>A generator for a part of the work, whatever order the parts are done in.</summary>
    public static SeededRandom For(int seed, string name)
    {
        ulong hash = 14695981039346656037UL ^ (uint)seed;
        foreach (char c in name) hash = (hash ^ c) * 1099511628211UL;
        return new SeededRandom(hash);
    }
}
