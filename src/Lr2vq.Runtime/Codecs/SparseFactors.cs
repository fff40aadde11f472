namespace Lr2vq.Codecs;

/// <summary>What a search hands to <see cref="SparseTensor.Pack"/>.</summary>
internal sealed class SparseFactors
{
    /// <summary>Length of a subvector.</summary>
    public required int M { get; init; }

    /// <summary>Scales of the atoms, as f16 holds them.</summary>
    public required float[] AtomScales { get; init; }

    /// <summary>The dictionary [atoms, m] in units of the atoms' scales.</summary>
    public required sbyte[] Atoms { get; init; }

    /// <summary>Scales of the rows, not negative.</summary>
    public required float[] RowScales { get; init; }

    /// <summary>What a level is worth, relative to a row's scale.</summary>
    public required float Step { get; init; }

    /// <summary>Levels [rows, subvectors of a row, atoms], most of them 0.</summary>
    public required sbyte[] Levels { get; init; }
}
