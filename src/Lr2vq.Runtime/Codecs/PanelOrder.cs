using System;

namespace Lr2vq.Codecs;

/// <summary>The order in which levels and codes of single weights lie, in files and in memory: the order in which panels are streamed.</summary>
/// <remarks>[block of 16 rows][block of 16 inputs][tap][input in the block][row in the block]. Blocks at the end are as short as
/// their inputs are; rows beyond the last are absent in files and zero in memory.</remarks>
internal readonly struct PanelOrder(int rows, int inputs, int taps)
{
    public const int Lanes = 16;

    public int Rows => rows;
    public int Inputs => inputs;
    public int Taps => taps;
    public long Columns => (long)inputs * taps;
    public int RowBlocks => (int)(((long)rows + Lanes - 1) / Lanes);

    /// <summary>Elements in memory: sixteen rows for every block.</summary>
    public long StoredLength => RowBlocks * Columns * Lanes;

    public static PanelOrder Of(CanonicalShape shape) => new(shape.Rows, shape.Inputs, shape.KernelHeight * shape.KernelWidth);

    /// <summary>Rows that block <paramref name="block"/> has, 1 to 16.</summary>
    public int RowsOf(int block) => Math.Min(Lanes, rows - block * Lanes);

    /// <summary>Which vector of sixteen rows holds (input, tap), counted from the start of its row block.</summary>
    public long VectorOf(int input, int tap)
    {
        int first = input & ~(Lanes - 1), lanes = Math.Min(Lanes, inputs - first);
        return (long)first * taps + (long)tap * lanes + (input - first);
    }

    /// <summary>Whether a panel of these inputs lies as it is stored. A window that ends inside a block of inputs is stored with another stride than the
    /// panel has; such panels are rare.</summary>
    public bool IsStored(int firstRow, int firstInput, int count) => firstRow % Lanes == 0 && (firstInput + count == inputs || count % Lanes == 0);

    /// <summary>Visits all elements in the order of files.</summary>
    /// <param name="visit">Given where the element is in canonical order.</param>
    public void Visit(Action<long> visit)
    {
        for (int block = 0; block < RowBlocks; block++)
            for (int first = 0; first < inputs; first += Lanes)
                for (int tap = 0; tap < taps; tap++)
                    for (int i = first; i < Math.Min(first + Lanes, inputs); i++)
                        for (int r = 0; r < RowsOf(block); r++) visit(((long)block * Lanes + r) * Columns + (long)i * taps + tap);
    }

    /// <summary>Where (row, input, tap) lies in memory.</summary>
    public long IndexOf(int row, int input, int tap) => ((row / Lanes) * Columns + VectorOf(input, tap)) * Lanes + row % Lanes;
}
