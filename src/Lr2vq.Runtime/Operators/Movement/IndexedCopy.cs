using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>A copy whose axes each have a table of source indices (−1: a constant): what padding with pixels and nearest-neighbour
/// resizing are.</summary>
internal sealed unsafe class IndexedCopy
{
    // Axes outermost first; trailing axes without a border are merged into the element. Strides in bytes.
    private readonly long[][] _maps;
    private readonly long[] _sourceStrides, _destinationStrides;
    private readonly int _element, _unit;
    private readonly long _middle, _middleCount, _bytes;
    private readonly bool _hasConstant;

    public IndexedCopy(long[] x, long[] y, long[][] maps, int element)
    {
        int rank = y.Length;
        _element = element;
        while (rank > 0 && x[rank - 1] == y[rank - 1] && IsIdentity(maps[rank - 1])) element = checked((int)(element * y[--rank]));
        _unit = element;
        _maps = maps[..rank];
        _sourceStrides = new long[rank];
        _destinationStrides = new long[rank];
        long from = _unit, to = _unit;
        for (int d = rank - 1; d >= 0; d--)
        {
            (_sourceStrides[d], _destinationStrides[d]) = (from, to);
            (from, to) = (from * x[d], to * y[d]);
        }
        _bytes = to;
        if (rank == 0) return;
        // The stretch of the last axis that is copied as it is.
        long[] last = maps[rank - 1];
        _hasConstant = Array.IndexOf(last, -1) >= 0;
        while (_middle < last.Length && last[_middle] != 0) _middle++;
        while (_middle + _middleCount < last.Length && last[_middle + _middleCount] == _middleCount) _middleCount++;
    }

    /// <param name="value">The constant, as long as one element of the tensor.</param>
    public void Run(byte* source, byte* destination, void* value)
    {
        if (_bytes == 0) return;
        if (_maps.Length == 0) Buffer.MemoryCopy(source, destination, _bytes, _bytes);
        else Axis(0, source, destination, value);
    }

    private void Axis(int axis, byte* source, byte* destination, void* value)
    {
        long[] map = _maps[axis];
        long from = _sourceStrides[axis], to = _destinationStrides[axis];
        if (axis == _maps.Length - 1)
        {
            Row(map, source, destination, value);
            return;
        }
        for (long i = 0; i < map.Length; i++, destination += to)
        {
            if (map[i] < 0) Fill(destination, to, value);
            else if (i > 0 && map[i] == map[i - 1]) Buffer.MemoryCopy(destination - to, destination, to, to);
            else Axis(axis + 1, source + map[i] * from, destination, value);
        }
    }

    private void Row(long[] map, byte* source, byte* destination, void* value)
    {
        long middle = _middleCount * _unit, end = _middle + _middleCount;
        if (middle > 0) Buffer.MemoryCopy(source, destination + _middle * _unit, middle, middle);
        Edge(map, 0, _middle, source, destination, value);
        Edge(map, end, map.Length, source, destination, value);
    }

    private void Edge(long[] map, long begin, long end, byte* source, byte* destination, void* value)
    {
        switch (_unit)
        {
            case 4: Units<uint>(map, begin, end, source, destination, value); break;
            case 64 when Vector512.IsHardwareAccelerated: Units<Vector512<byte>>(map, begin, end, source, destination, value); break;
            default: Units(map, begin, end, source, destination, value); break;
        }
    }

    private void Units(long[] map, long begin, long end, byte* source, byte* destination, void* value)
    {
        for (long i = begin; i < end; i++)
        {
            if (map[i] < 0) Fill(destination + i * _unit, _unit, value);
            else Unsafe.CopyBlockUnaligned(destination + i * _unit, source + map[i] * _unit, (uint)_unit);
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Units<T>(long[] map, long begin, long end, byte* source, byte* destination, void* value) where T : unmanaged
    {
        T* from = (T*)source, to = (T*)destination;
        T constant = Unsafe.ReadUnaligned<T>(_hasConstant && sizeof(T) == _element ? value : source);
        fixed (long* index = map)
            for (long i = begin; i < end; i++)
                if (!_hasConstant || index[i] >= 0) to[i] = from[index[i]];
                else if (sizeof(T) == _element) to[i] = constant;
                else Fill((byte*)(to + i), sizeof(T), value);
    }

    private void Fill(byte* destination, long bytes, void* value) => Filling.Run(destination, bytes / _element, _element, value);

    private static bool IsIdentity(long[] map)
    {
        for (long i = 0; i < map.Length; i++)
            if (map[i] != i) return false;
        return true;
    }
}
