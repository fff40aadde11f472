using System;

namespace Lr2vq.Compression.Methods;

/// <summary>Subvectors [count, d], sixteen side by side, as the assignment step reads them: [block of 16][dimension][16].</summary>
internal sealed class SubvectorMatrix(int count, int dimensions)
{
    public const int Lanes = 16;

    public int Count { get; } = count;
    public int Dimensions { get; } = dimensions;
    public int Blocks => (Count + Lanes - 1) / Lanes;

    /// <summary>Lanes beyond the last subvector are 0.</summary>
    public float[] Values { get; } = new float[checked((count + Lanes - 1) / Lanes * Lanes * dimensions)];

    public float this[int subvector, int dimension]
    {
        get => Values[IndexOf(subvector, dimension)];
        set => Values[IndexOf(subvector, dimension)] = value;
    }

    /// <summary>Where a component lies.</summary>
    public int IndexOf(int subvector, int dimension) => (subvector / Lanes * Dimensions + dimension) * Lanes + subvector % Lanes;

    /// <summary>Copies subvector <paramref name="from"/> of another matrix.</summary>
    public void Copy(int to, SubvectorMatrix source, int from)
    {
        for (int c = 0; c < Dimensions; c++) this[to, c] = source[from, c];
    }

    /// <summary>|x|² of each subvector, added up in the order of its dimensions.</summary>
    public double SquaredNorm(int subvector)
    {
        double sum = 0;
        for (int c = 0; c < Dimensions; c++)
        {
            double x = this[subvector, c];
            sum += x * x;
        }
        return sum;
    }
}
