namespace Lr2vq.Codecs;

/// <summary>What a search hands to <see cref="CodebookTensor.Pack"/>.</summary>
internal sealed class CodebookFactors
{
    public required SliceAxis Axis { get; init; }

    /// <summary>Length of a subvector.</summary>
    public required int M { get; init; }

    /// <summary>Clustering dimensionality; M without a basis.</summary>
    public required int D { get; init; }

    public required EntryEncoding Encoding { get; init; }

    /// <summary>Entries of each stage [k, D]. One stage unless the codebooks are residual; then D = M.</summary>
    public required float[][] Entries { get; init; }

    /// <summary>Basis [D, M]; empty if D = M.</summary>
    public float[] Basis { get; init; } = [];

    /// <summary>Codes of each stage, in <see cref="SliceOrder"/>.</summary>
    public required ushort[][] Codes { get; init; }

    /// <summary>Scales of the rows; empty for none.</summary>
    public float[] RowScales { get; init; } = [];
}
