using System;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Metrics;

/// <summary>How the layers of a network are cut and how many entries their codebooks have.</summary>
/// <param name="SpatialM">Subvector size of k×k kernels.</param>
/// <param name="PointwiseM">Subvector size of 1×1 kernels.</param>
/// <param name="ClassifierM">Subvector size of the classifier.</param>
/// <param name="K">Entries of a codebook, before it is limited by the number of subvectors.</param>
/// <param name="ClassifierK">The same for the classifier.</param>
internal sealed record SizeSetting(int SpatialM, int PointwiseM, int ClassifierM, int K, int ClassifierK)
{
    /// <summary>Clustering dimensionality for a subvector size; null for exact quantization.</summary>
    public Func<int, int>? D { get; init; }

    public EntryEncoding Entries { get; init; } = EntryEncoding.Fp16;

    public int MOf(LayerShape layer) => layer.IsClassifier ? ClassifierM : layer.Taps > 1 ? SpatialM : PointwiseM;

    public int KOf(LayerShape layer) => layer.IsClassifier ? ClassifierK : K;
}
