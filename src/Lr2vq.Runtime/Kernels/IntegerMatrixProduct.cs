using System;
using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>Products of matrices of bytes [M, K] · [K, N].</summary>
internal sealed unsafe class IntegerMatrixProduct
{
    private const int TileRows = 16, TileColumns = 64;

    private readonly int _m, _n, _k;
    private readonly long _padded, _rightBytes, _leftBytes, _slotBytes;

    public IntegerMatrixProduct(int m, int n, int k, int threads)
    {
        (_m, _n, _k) = (m, n, k);
        _padded = IntegerProduct.Padded(k);
        _rightBytes = checked((n * _padded * sizeof(short) + 63) & ~63L);
        _leftBytes = TileRows * _padded * sizeof(short);
        _slotBytes = checked(_leftBytes + TileRows * TileColumns * sizeof(int));
        ScratchBytes = checked(_rightBytes + threads * _slotBytes);
    }

    public long ScratchBytes { get; }

    /// <param name="a">Zero points: one, or one for each row.</param>
    /// <param name="b">Zero points: one, or one for each column.</param>
    /// <param name="scratch">Memory.</param>
    /// <param name="team">Threads.</param>
    /// <param name="at">Where the first sum belongs in the result.</param>
    /// <param name="sink">The result.</param>
    public void Run<TSink>(ByteOperand a, ByteOperand b, byte* scratch, ThreadTeam? team, long at, TSink sink) where TSink : struct, IIntegerSink
    {
        long columnTiles = (_n + TileColumns - 1) / TileColumns, rowTiles = (_m + TileRows - 1) / TileRows;
        Ranges.Run(team, columnTiles, Ranges.LeastMoved((long)TileColumns * _k), new RightColumns(this, b, (short*)scratch));
        Ranges.Run(team, rowTiles * columnTiles, Ranges.Least(TileColumns * _padded), new Tiles<TSink>(this, a, (short*)scratch, scratch + _rightBytes, columnTiles, at, sink));
    }

    /// <summary>Columns of the right operand become rows.</summary>
    private readonly struct RightColumns(IntegerMatrixProduct product, ByteOperand b, short* columns) : IRange
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long last, int slot)
        {
            long start = first * TileColumns, end = Math.Min(product._n, last * TileColumns), padded = product._padded;
            int flip = b.IsSigned ? 0x80 : 0;
            for (long from = start; from < end; from += TileColumns)
            {
                int count = (int)Math.Min(TileColumns, end - from);
                for (int k = 0; k < product._k; k++)
                {
                    byte* row = b.Data + (long)k * product._n + from;
                    for (int c = 0; c < count; c++) columns[(from + c) * padded + k] = (short)((row[c] ^ flip) - flip);
                }
                for (int c = 0; c < count; c++)
                {
                    short* column = columns + (from + c) * padded;
                    if (b.ZeroPoint(from + c) is not 0 and int zero)
                        for (int k = 0; k < product._k; k++) column[k] -= (short)zero;
                    for (long k = product._k; k < padded; k++) column[k] = 0;
                }
            }
        }
    }

    private readonly struct Tiles<TSink>(IntegerMatrixProduct product, ByteOperand a, short* columns, byte* slots, long columnTiles, long at, TSink sink) : IRange
        where TSink : struct, IIntegerSink
    {
        public void Do(long first, long last, int slot)
        {
            long k = product._k, padded = product._padded, packed = -1;
            short* left = (short*)(slots + slot * product._slotBytes);
            int* sums = (int*)((byte*)left + product._leftBytes);
            for (long tile = first; tile < last; tile++)
            {
                long row = tile / columnTiles * TileRows, column = tile % columnTiles * TileColumns;
                int rows = (int)Math.Min(TileRows, product._m - row), count = (int)Math.Min(TileColumns, product._n - column);
                if (packed != row)
                    for (int r = 0; r < rows; r++)
                    {
                        short* to = left + r * padded;
                        SmallIntegers.Widen(a.Data + (row + r) * k, a.IsSigned, a.ZeroPoint(row + r), to, k);
                        new Span<short>(to + k, (int)(padded - k)).Clear();
                    }
                packed = row;
                IntegerProduct.Run(left, rows, columns + column * padded, count, padded, sums, TileColumns);
                for (int r = 0; r < rows; r++) sink.Store(sums + r * TileColumns, count, column, at + (row + r) * product._n + column);
            }
        }
    }
}
