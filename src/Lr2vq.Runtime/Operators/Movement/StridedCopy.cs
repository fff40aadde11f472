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
        // Rows and columns always exist.
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

    [MethodImpl(Compile.Loop)]
    public void Run(byte* source, byte* destination)
    {
        if (_empty) return;
        source += _sourceOffset;
        destination += _destinationOffset;
        int outer = _sizes.Length - 2;
        long* index = stackalloc long[outer + 1];
        for (int d = 0; d < outer; d++) index[d] = 0;
        while (true)
        {
            Block(source, destination);
            int d = outer - 1;
            for (; d >= 0; d--)
            {
                source += _source[d];
                destination += _destination[d];
                if (++index[d] < _sizes[d]) break;
                source -= _source[d] * _sizes[d];
                destination -= _destination[d] * _sizes[d];
                index[d] = 0;
            }
            if (d < 0) return;
        }
    }

    private void Block(byte* source, byte* destination)
    {
        switch (_inner)
        {
            case Inner.Runs when _element is 1 or 2 or 4 or 8 or 16 or 32 or 64: Sized(source, destination); break;
            case Inner.Runs: Runs(source, destination); break;
            case Inner.Transpose when _element == 4: StridedTranspose.Run(source, destination, View(), true); break;
            case Inner.Transpose: StridedTranspose.Run(source, destination, View(), false); break;
            default: Sized(source, destination); break;
        }
    }

    private StridedTranspose.Matrix View() =>
        new(_sizes[^2], _sizes[^1], _source[^2], _source[^1], _destination[^2], _destination[^1], _element);

    private void Runs(byte* source, byte* destination)
    {
        long rows = _sizes[^2], columns = _sizes[^1];
        for (long r = 0; r < rows; r++)
        {
            byte* from = source + r * _source[^2], to = destination + r * _destination[^2];
            for (long c = 0; c < columns; c++, from += _source[^1], to += _destination[^1])
                Buffer.MemoryCopy(from, to, _element, _element);
        }
    }

    private void Sized(byte* source, byte* destination)
    {
        switch (_element)
        {
            case 1: Units<byte>(source, destination); break;
            case 2: Units<ushort>(source, destination); break;
            case 4: Units<uint>(source, destination); break;
            case 8: Units<ulong>(source, destination); break;
            case 16: Units<Vector128<byte>>(source, destination); break;
            case 32: Units<Vector256<byte>>(source, destination); break;
            default: Units<Vector512<byte>>(source, destination); break;
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Units<T>(byte* source, byte* destination) where T : unmanaged
    {
        long rows = _sizes[^2], columns = _sizes[^1], stepFrom = _source[^1], stepTo = _destination[^1];
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
