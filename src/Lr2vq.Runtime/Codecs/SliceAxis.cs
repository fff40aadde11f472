namespace Lr2vq.Codecs;

/// <summary>Along which axis a subvector lies. The numbers are written to files.</summary>
internal enum SliceAxis
{
    /// <summary>Along the row: kernel taps, then input channels.</summary>
    Spatial = 0,
    /// <summary>Input channels of one kernel tap.</summary>
    InputChannel = 1,
    /// <summary>Output channels, that is rows.</summary>
    OutputChannel = 2,
}

/// <summary>How a weight matrix is cut into subvectors, and the order of their codes.</summary>
/// <remarks>An axis that m does not divide ends with a subvector whose last elements are padding. Codes of spatial and input-channel
/// slices: [block of 16 rows][place in the row][row in the block], so that the codes of a panel lie together; places of an input-channel
/// slice are [block of m inputs][tap]. Codes of output-channel slices: [block of m rows][input][tap].</remarks>
internal readonly struct SliceOrder(SliceAxis axis, int m, int rows, int inputs, int taps)
{
    public SliceAxis Axis => axis;
    public int M => m;
    public int Rows => rows;
    public int Columns => inputs * taps;
    public int Taps => taps;

    /// <summary>Codes in a row; for output channels, codes in a block of m rows.</summary>
    public int Places => axis switch
    {
        SliceAxis.Spatial => Parts(Columns),
        SliceAxis.InputChannel => Parts(inputs) * taps,
        _ => Columns,
    };

    /// <summary>Subvectors of the tensor.</summary>
    public long Count => axis == SliceAxis.OutputChannel ? (long)Parts(rows) * Places : (long)rows * Places;

    /// <summary>Subvectors that cover a length; in 64 bits, because their last may end beyond any length.</summary>
    private int Parts(int length) => (int)(((long)length + m - 1) / m);

    /// <summary>Where the code of (row, place) lies; for output channels any row of the block will do.</summary>
    public long IndexOf(int row, int place)
    {
        if (axis == SliceAxis.OutputChannel) return (long)(row / m) * Places + place;
        int first = row & ~(PanelOrder.Lanes - 1), lanes = System.Math.Min(PanelOrder.Lanes, rows - first);
        return (long)first * Places + (long)place * lanes + (row - first);
    }

    /// <summary>Real elements (not padding) of the subvector at <paramref name="place"/> of <paramref name="row"/>, and of the first its
    /// row and column and the distances to the next.</summary>
    public (int Count, int Row, int Column, int RowStep, int ColumnStep) ElementsOf(int row, int place)
    {
        switch (axis)
        {
            case SliceAxis.Spatial:
                return (System.Math.Min(m, Columns - place * m), row, place * m, 0, 1);
            case SliceAxis.InputChannel:
                int block = place / taps;
                return (System.Math.Min(m, inputs - block * m), row, block * m * taps + place % taps, 0, taps);
            default:
                int first = row / m * m;
                return (System.Math.Min(m, rows - first), first, place, 1, 0);
        }
    }

    public static SliceOrder Of(CanonicalShape shape, SliceAxis axis, int m) =>
        new(axis, m, shape.Rows, shape.Inputs, shape.KernelHeight * shape.KernelWidth);
}
