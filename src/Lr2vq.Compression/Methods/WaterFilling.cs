using System;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>How many dimensions a codebook of k entries can serve (Rule A′): those whose variance lies above the water level.</summary>
/// <remarks>What <c>D="auto"</c> means where nothing is trained; <see cref="DimensionChoice"/> has the rules that measure.</remarks>
internal static class WaterFilling
{
    /// <summary>Largest d with λ_d above the level θ that spends log₂ k bits on the first d dimensions.</summary>
    /// <param name="eigenvalues">Falling.</param>
    /// <returns>d in [1, length] and θ, with Σ_{j ≤ d} ½·log₂(λ_j / θ) = log₂ k.</returns>
    public static (int Dimensions, double Level) Solve(ReadOnlySpan<double> eigenvalues, int k)
    {
        double logK = ExactMath.Log2(Math.Max(2, k));
        for (int d = eigenvalues.Length; d >= 1; d--)
        {
            if (eigenvalues[d - 1] < 1e-300) continue;
            double sum = 0;
            for (int j = 0; j < d; j++) sum += ExactMath.Log2(eigenvalues[j]);
            double level = ExactMath.Exp2((sum - 2 * logK) / d);
            if (level < eigenvalues[d - 1]) return (d, level);
        }
        return (1, 0);
    }
}
