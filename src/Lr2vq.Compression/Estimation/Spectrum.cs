using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Estimation;

/// <summary>How the energy of a tensor's subvectors is spread over their principal components.</summary>
/// <param name="Axis">How the weights are cut.</param>
/// <param name="Shares">Shares of the energy, falling; their sum is 1.</param>
/// <param name="Dimensions">d̃ that a codebook of <paramref name="K"/> entries can serve (water-filling, Rule A′).</param>
/// <param name="K">Entries.</param>
internal sealed record Spectrum(SliceAxis Axis, double[] Shares, int Dimensions, int K)
{
    /// <summary>Subvectors beyond this many change nothing that can be seen.</summary>
    private const int MostSubvectors = 1 << 16;

    /// <summary>Length of a subvector.</summary>
    public int M => Shares.Length;

    /// <summary>The d̃ curve: for each d̃ from 0 to m what the components beyond it hold, which is the relative error of keeping the first d̃ exactly.</summary>
    public double[] Beyond => [.. Enumerable.Range(0, M + 1).Select(d => Math.Max(0, Shares.Skip(d).Sum()))];

    /// <param name="weights">In canonical order.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="vector">How they are cut, and how many entries a codebook has.</param>
    public static Spectrum? Of(float[] weights, CanonicalShape shape, VectorShape vector)
    {
        float[] normal = [.. weights];
        RowNormalization.Divide(normal, RowNormalization.RootMeanSquares(normal, shape.Rows));
        SliceReader reader = new(SliceOrder.Of(shape, vector.Axis, vector.M));
        int m = vector.M, step = Math.Max(1, reader.Count / MostSubvectors);
        double[] gram = new double[m * m];
        float[] x = new float[m];
        for (int s = 0; s < reader.Count; s += step)
        {
            reader.Read(normal, s, x);
            for (int a = 0; a < m; a++)
                for (int b = 0; b < m; b++) gram[a * m + b] += (double)x[a] * x[b];
        }
        double[] values = [.. SymmetricEigen.Solve(gram, m).Values.Select(v => Math.Max(0, v))];
        double sum = values.Sum();
        if (!(sum > 0)) return null;
        double[] shares = [.. values.Select(v => v / sum)];
        return new Spectrum(vector.Axis, shares, WaterFilling.Solve(shares, Math.Max(2, vector.K)).Dimensions, vector.K);
    }
}
