using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>The inner loop of a <see cref="StridedCopy"/> whose rows are contiguous in the source and whose columns are contiguous in the
/// destination. Works in tiles, so that both sides stay in the first-level cache.</summary>
internal static unsafe class StridedTranspose
{
    /// <summary>Rows and columns of a tile.</summary>
    public const int Tile = 32;

    /// <summary>Sizes, and strides in bytes: a step of the row is <c>element</c> bytes in the source, a step of the column in the destination.</summary>
    internal readonly record struct Matrix(long Rows, long Columns, long SourceRow, long SourceColumn, long DestinationRow,
        long DestinationColumn, int Element);

    /// <param name="words">Elements have four bytes.</param>
    [MethodImpl(Compile.Loop)]
    public static void Run(byte* source, byte* destination, in Matrix m, bool words)
    {
        for (long row = 0; row < m.Rows; row += Tile)
        {
            int rows = (int)Math.Min(Tile, m.Rows - row);
            for (long column = 0; column < m.Columns; column += Tile)
            {
                int columns = (int)Math.Min(Tile, m.Columns - column);
                byte* from = source + row * m.SourceRow + column * m.SourceColumn;
                byte* to = destination + row * m.DestinationRow + column * m.DestinationColumn;
                if (words && Vector128.IsHardwareAccelerated) Words(from, to, m.SourceColumn, m.DestinationRow, rows, columns);
                else if (m.Element == 1) Elements<byte>(from, to, m.SourceColumn, m.DestinationRow, rows, columns);
                else if (m.Element == 2) Elements<ushort>(from, to, m.SourceColumn, m.DestinationRow, rows, columns);
                else if (m.Element == 4) Elements<uint>(from, to, m.SourceColumn, m.DestinationRow, rows, columns);
                else Elements<ulong>(from, to, m.SourceColumn, m.DestinationRow, rows, columns);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Elements<T>(byte* source, byte* destination, long sourceColumn, long destinationRow, int rows, int columns)
        where T : unmanaged
    {
        for (int r = 0; r < rows; r++)
        {
            byte* from = source + r * sizeof(T);
            T* to = (T*)(destination + r * destinationRow);
            for (int c = 0; c < columns; c++, from += sourceColumn) to[c] = *(T*)from;
        }
    }

    [MethodImpl(Compile.Loop)]
    private static void Words(byte* source, byte* destination, long sourceColumn, long destinationRow, int rows, int columns)
    {
        int r = 0;
        for (; r + 4 <= rows; r += 4)
        {
            byte* from = source + r * 4, to = destination + r * destinationRow;
            int c = 0;
            for (; c + 4 <= columns; c += 4, from += 4 * sourceColumn)
            {
                Transpose16.Four(Vector128.Load((float*)from), Vector128.Load((float*)(from + sourceColumn)),
                    Vector128.Load((float*)(from + 2 * sourceColumn)), Vector128.Load((float*)(from + 3 * sourceColumn)),
                    out Vector128<float> row0, out Vector128<float> row1, out Vector128<float> row2, out Vector128<float> row3);
                row0.Store((float*)to + c);
                row1.Store((float*)(to + destinationRow) + c);
                row2.Store((float*)(to + 2 * destinationRow) + c);
                row3.Store((float*)(to + 3 * destinationRow) + c);
            }
            for (; c < columns; c++, from += sourceColumn)
                for (int k = 0; k < 4; k++) *(uint*)(to + k * destinationRow + c * 4) = ((uint*)from)[k];
        }
        if (r < rows) Elements<uint>(source + r * 4, destination + r * destinationRow, sourceColumn, destinationRow, rows - r, columns);
    }
}
