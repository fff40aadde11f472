using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>A copy between two memories that walk through the same dimensions with strides of their own: what Transpose, Slice, Expand, Tile,
/// Split, Concat and DepthToSpace are. Dimensions are merged once; every element is written exactly once.</summary>
internal sealed unsafe class StridedCopy
{
    private enum Inner
    {
        /// <summary>Whole runs of bytes.</summary>
        Runs,
        /// <summary>Rows and columns change places.</summary>
        Transpose,
        /// <summary>Element by element.</summary>
        Elements,
    }

    private const int Chunk = 1 << 12;

    // Outermost first; the last two are rows and columns of the inner loop. Strides in bytes.
    private readonly long[] _sizes, _source, _destination;
    private readonly long _sourceOffset, _destinationOffset;
    private readonly int _element;
    private readonly Inner _inner;
    private readonly bool _empty;

    /// <param name="sizes">Dimensions, outermost first.</param>
    /// <param name="source">Strides of the source in elements; 0 repeats, below 0 walks backwards.</param>
    /// <param name="destination">Strides of the destination in elements.</param>
    /// <param name="sourceOffset">First element read.</param>
    /// <param name="destinationOffset">First element written.</param>
    /// <param name="element">Bytes of an element.</param>
    public StridedCopy(ReadOnlySpan<long> sizes, ReadOnlySpan<long> source, ReadOnlySpan<long> destination, long sourceOffset,
        long destinationOffset, int element)
    {
        long[] size = new long[sizes.Length + 2], from = new long[sizes.Length + 2], to = new long[sizes.Length + 2];
        int rank = 0;
        for (int d = 0; d < sizes.Length; d++)
        {
            if (sizes[d] == 0) _empty = true;
            if (sizes[d] == 1) continue;
            if (rank > 0 && from[rank - 1] == source[d] * sizes[d] && to[rank - 1] == destination[d] * sizes[d]) size[rank - 1] *= sizes[d];
            else size[rank++] = sizes[d];
            (from[rank - 1], to[rank - 1]) = (source[d], destination[d]);
        }
        _element = element;
        // A contiguous run becomes one element.
        if (rank > 0 && from[rank - 1] == 1 && to[rank - 1] == 1)
        {
            rank--;
            long run = size[rank];
            _element = checked((int)(run * element));
            _inner = Inner.Runs;
        }
        else _inner = rank > 0 ? Inner.Elements : Inner.Runs;
        for (int d = 0; d < rank; d++) (from[d], to[d]) = (from[d] * element, to[d] * element);
        if (_inner == Inner.Elements && to[rank - 1] == element && from[rank - 1] != 0)
        {
            int row = Array.IndexOf(from, element, 0, rank - 1);
            if (row >= 0)
            {
                _inner = Inner.Transpose;
                for (int d = row; d < rank - 2; d++)
                {
                    (size[d], size[d + 1]) = (size[d + 1], size[d]);
                    (from[d], from[d + 1]) = (from[d + 1], from[d]);
                    (to[d], to[d + 1]) = (to[d + 1], to[d]);
                }
            }
        }
        // Rows and columns always exist. Long runs are rows, which threads share.
        if (rank == 1 && _inner == Inner.Runs && _element > 64) (size[rank], from[rank], to[rank++]) = (1, 0, 0);
        while (rank < 2)
        {
            for (int d = rank; d > 0; d--) (size[d], from[d], to[d]) = (size[d - 1], from[d - 1], to[d - 1]);
            (size[0], from[0], to[0]) = (1, 0, 0);
            rank++;
        }
        (_sizes, _source, _destination) = (size[..rank], from[..rank], to[..rank]);
        (_sourceOffset, _destinationOffset) = (sourceOffset * element, destinationOffset * element);
    }

    /// <summary>Dense row-major strides.</summary>
    public static long[] Dense(ReadOnlySpan<long> shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= shape[d];
        }
        return strides;
    }

    /// <param name="team">Null, or the threads that share the rows.</param>
    public void Run(ThreadTeam? team, byte* source, byte* destination)
    {
        if (_empty) return;
        source += _sourceOffset;
        destination += _destinationOffset;
        long passes = Groups;
        for (int d = 0; d < _sizes.Length - 2; d++) passes *= _sizes[d];
        long floats = _sizes[^2] / Groups * _sizes[^1] * _element / sizeof(float);
        if (passes * _sizes[^1] == 1) Ranges.Run(team, (_element + Chunk - 1) / Chunk, Ranges.LeastMoved(Chunk / sizeof(float)), new Chunks(source, destination, _element));
        else Ranges.Run(team, passes, Ranges.LeastMoved(floats), new Passes(this, source, destination));
    }

    /// <summary>Pieces of a single run.</summary>
    private readonly struct Chunks(byte* source, byte* destination, long bytes) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            long start = first * Chunk, count = Math.Min(bytes, last * Chunk) - start;
            Buffer.MemoryCopy(source + start, destination + start, count, count);
        }
    }

    /// <summary>Rows that are done together: those of a tile.</summary>
    private long Group => _inner == Inner.Transpose ? StridedTranspose.Tile : 1;

    private long Groups => (_sizes[^2] + Group - 1) / Group;

    /// <summary>Groups of rows, over all outer dimensions.</summary>
    private readonly struct Passes(StridedCopy copy, byte* source, byte* destination) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            long groups = copy.Groups, group = copy.Group, rows = copy._sizes[^2];
            while (first < last)
            {
                long row = first % groups, stop = Math.Min(groups, row + last - first), outer = first / groups;
                byte* from = source, to = destination;
                for (int d = copy._sizes.Length - 3; d >= 0; d--)
                {
                    from += outer % copy._sizes[d] * copy._source[d];
                    to += outer % copy._sizes[d] * copy._destination[d];
                    outer /= copy._sizes[d];
                }
                copy.Block(from, to, row * group, Math.Min(rows, stop * group));
                first += stop - row;
            }
        }
    }

    /// <summary>Rows [first, last) of the inner loop.</summary>
    private void Block(byte* source, byte* destination, long first, long last)
    {
        source += first * _source[^2];
        destination += first * _destination[^2];
        switch (_inner)
        {
            case Inner.Runs when _element is 1 or 2 or 4 or 8 or 16 or 32 or 64: Sized(source, destination, last - first); break;
            case Inner.Runs: Runs(source, destination, last - first); break;
            case Inner.Transpose when _element == 4: StridedTranspose.Run(source, destination, View(last - first), true); break;
            case Inner.Transpose: StridedTranspose.Run(source, destination, View(last - first), false); break;
            default: Sized(source, destination, last - first); break;
        }
    }

    private StridedTranspose.Matrix View(long rows) =>
        new(rows, _sizes[^1], _source[^2], _source[^1], _destination[^2], _destination[^1], _element);

    [MethodImpl(Compile.Loop)]
    private void Runs(byte* source, byte* destination, long rows)
    {
        long columns = _sizes[^1];
        for (long r = 0; r < rows; r++)
        {
            byte* from = source + r * _source[^2], to = destination + r * _destination[^2];
            for (long c = 0; c < columns; c++, from += _source[^1], to += _destination[^1])
                Buffer.MemoryCopy(from, to, _element, _element);
        }
    }

    private void Sized(byte* source, byte* destination, long rows)
    {
        switch (_element)
        {
            case 1: Units<byte>(source, destination, rows); break;
            case 2: Units<ushort>(source, destination, rows); break;
            case 4: Units<uint>(source, destination, rows); break;
            case 8: Units<ulong>(source, destination, rows); break;
            case 16: Units<Vector128<byte>>(source, destination, rows); break;
            case 32: Units<Vector256<byte>>(source, destination, rows); break;
            default: Units<Vector512<byte>>(source, destination, rows); break;
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Units<T>(byte* source, byte* destination, long rows) where T : unmanaged
    {
        long columns = _sizes[^1], stepFrom = _source[^1], stepTo = _destination[^1];
        for (long r = 0; r < rows; r++)
        {
            byte* from = source + r * _source[^2], to = destination + r * _destination[^2];
            if (stepFrom == 0 && stepTo == sizeof(T))
            {
                Filling.Run((T*)to, columns, *(T*)from);
                continue;
            }
            for (long c = 0; c < columns; c++, from += stepFrom, to += stepTo)
                Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<T>(from));
        }
    }
}
