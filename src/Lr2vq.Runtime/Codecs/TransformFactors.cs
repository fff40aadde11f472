using System;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>What a search hands to <see cref="TransformTensor.Pack"/>.</summary>
internal sealed class TransformFactors
{
    /// <summary>Scales of the rows, not negative; rounded to what the file holds when packed.</summary>
    public required float[] RowScales { get; init; }

    /// <summary>Step between levels in units of a row's scale.</summary>
    public required float Step { get; init; }

    /// <summary>Basis [coefficient][tap] in units of 2^−<see cref="BasisBits"/>; empty for none.</summary>
    public short[] Basis { get; init; } = [];

    public int BasisBits { get; init; }

    /// <summary>How far level ±1 and beyond lie nearer to zero, for each context, in sixteenths of a step; empty for no shift.</summary>
    public byte[] Shifts { get; init; } = [];

    /// <summary>Scales of input channels in half octaves (<see cref="ColumnScales"/>), for each set of rows; empty for none.</summary>
    public int[] Columns { get; init; } = [];

    /// <summary>Levels are multiples of the step that a trellis allows (<see cref="TrellisMachine"/>).</summary>
    public bool IsTrellis { get; init; }

    /// <summary>Levels in <see cref="PanelOrder"/>, lanes beyond the last row 0.</summary>
    public required short[] Levels { get; init; }

    /// <summary>Frequencies, one for each context: for all weights, or for each tap (needed with a basis); with a trellis two, of even and of odd
    /// states.</summary>
    public required SymbolModel[] Models { get; init; }
}
