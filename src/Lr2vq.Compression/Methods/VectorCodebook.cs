using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>What vector quantization of one tensor, or of several that share a codebook, is to look like.</summary>
/// <param name="D">Clustering dimensionality; 0 for m, −1 for Rule A′.</param>
/// <param name="Scaled">Subvectors are divided by the scales of their rows first.</param>
internal sealed record VectorShape(SliceAxis Axis, int M, int K, int D, int Stages, EntryEncoding Encoding, bool Scaled)
{
    /// <summary>d̃ as a number, where it was decided.</summary>
    public int Rank => D > 0 ? D : M;

    /// <summary>Distances are those of the outputs, by the inputs that samples show (BGD's E-step); only without a basis.</summary>
    public bool ByInputs { get; init; }
}

/// <summary>Entries and basis as a file will hold them.</summary>
/// <param name="Entries">[k, d].</param>
/// <param name="Basis">[d, m], rounded to fp16; empty if d = m.</param>
/// <param name="Lift">Projection onto the basis [d, m], not rounded; empty if d = m.</param>
internal sealed record VectorCodebook(SliceAxis Axis, int M, int D, int K, EntryEncoding Encoding, float[] Entries, float[] Basis, float[] Lift)
{
    /// <summary>Factor of the metric [m, m] in which the nearest entry is looked for; empty for plain distances.</summary>
    public float[] Metric { get; init; } = [];
}
