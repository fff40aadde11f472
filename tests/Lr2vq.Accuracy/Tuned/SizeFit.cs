using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;

namespace Lr2vq.Accuracy;

/// <summary>Finds the settings of a method whose artifact has a size. Methods with one codebook for several weights have entries in powers of two for each of them: the largest take half
/// as many as the rest, as many of them as the size asks for.</summary>
/// <param name="weights">The weights.</param>
/// <param name="lengthOf">Exact length of the artifact for tensors of these lengths.</param>
internal sealed class SizeFit(IReadOnlyList<WeightSource> weights, Func<IReadOnlyList<TensorLengths>, long> lengthOf)
{
    private const int MostBits = 14;

    /// <summary>Options with which the predicted artifact has at most so many bytes, and no more than it must.</summary>
    public CompressionOptions Fit(CompressionOptions options, long bytes)
    {
        bool isCodebook = options.Method is CompressionMethod.Lr2vq or CompressionMethod.Pq or CompressionMethod.KMeans or CompressionMethod.Pqf or CompressionMethod.Bgd;
        if (!isCodebook || options.K is not null) return options with { MaxBytes = bytes };
        for (int bits = MostBits; bits > 1; bits--)
        {
            CompressionOptions whole = options with { K = 1 << bits };
            TensorSpec[] specs = PresetRules.Decide(whole, weights);
            string[] names = [.. Enumerable.Range(0, specs.Length).Where(i => specs[i].Treatment == TensorTreatment.Vector).OrderByDescending(i => weights[i].Length).Select(i => weights[i].Identity.Name)];
            // The last of them all with half as many is the first of the next number of bits.
            for (int halved = 0; halved < names.Length; halved++)
            {
                CompressionOptions tried = whole with { Overrides = [.. names.Take(halved).Select(name => new TensorOverride(name) { K = 1 << (bits - 1) })] };
                if (Predict(tried) <= bytes) return tried;
            }
        }
        return options with { K = 2 };
    }

    /// <summary>The number of entries in words: <c>K=256</c>, or <c>K=256/128</c> where the largest weights have half as many.</summary>
    public static string Entries(CompressionOptions options) => options.K is not { } k ? ""
        : string.Create(CultureInfo.InvariantCulture, $"K={k}") + (options.Overrides.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"/{options.Overrides[0].K} of {options.Overrides.Count}"));

    private long Predict(CompressionOptions options)
    {
        TensorSpec[] specs = PresetRules.Decide(options, weights);
        EqualWeight[] equal = EqualWeights.Find(weights, options);
        return lengthOf([.. specs.Select((spec, i) => TensorEncoder.Predict(weights[i], spec, equal[i].First))]);
    }
}
