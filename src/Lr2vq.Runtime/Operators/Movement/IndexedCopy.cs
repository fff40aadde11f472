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
    private readonly int _element, _unit, _outer;
    private readonly long _middle, _middleSource, _middleCount, _bytes, _passes = 1;
    private readonly bool _hasConstant, _doubles;

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
        // Outer axes that stay as they are, images and channels mostly, are shared among threads.
        for (; _outer < rank - 1 && x[_outer] == y[_outer] && IsIdentity(maps[_outer]); _outer++) _passes *= y[_outer];
        // The longest stretch of the last axis that is copied as it is.
        long[] last = maps[rank - 1];
        _hasConstant = Array.IndexOf(last, -1) >= 0;
        for (long start = 0, end; start < last.Length; start = end)
        {
            for (end = start + 1; last[start] >= 0 && end < last.Length && last[end] == last[start] + (end - start);) end++;
            if (last[start] >= 0 && end - start > _middleCount) (_middle, _middleSource, _middleCount) = (start, last[start], end - start);
        }
        _doubles = _unit == 4 && IsDoubled(last);
    }

    /// <param name="team">Null, or the threads that share the work.</param>
    /// <param name="value">The constant, as long as one element of the tensor.</param>
    public void Run(ThreadTeam? team, byte* source, byte* destination, void* value)
    {
        if (_bytes == 0) return;
        if (_maps.Length == 0) Buffer.MemoryCopy(source, destination, _bytes, _bytes);
        else Ranges.Run(team, _passes, Ranges.LeastMoved(_bytes / _passes / sizeof(float)), new Passes(this, source, destination, value));
    }

    private readonly struct Passes(IndexedCopy copy, byte* source, byte* destination, void* value) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int outer = copy._outer;
            for (long pass = first; pass < last; pass++)
                if (outer == 0) copy.Axis(0, source, destination, value);
                else copy.Axis(outer, source + pass * copy._sourceStrides[outer - 1], destination + pass * copy._destinationStrides[outer - 1], value);
        }
    }

    [MethodImpl(Compile.Loop)]
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
            else if (_doubles && axis == _maps.Length - 2 && i + 1 < map.Length && map[i] == map[i + 1])
            {
                Double((float*)(source + map[i] * from), (float*)destination, (float*)(destination + to), to / 8);
                i++;
                destination += to;
            }
            else if (i > 0 && map[i] == map[i - 1]) Buffer.MemoryCopy(destination - to, destination, to, to);
            else Axis(axis + 1, source + map[i] * from, destination, value);
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Row(long[] map, byte* source, byte* destination, void* value)
    {
        if (_doubles)
        {
            Double((float*)source, (float*)destination, (float*)destination, map.Length / 2);
            return;
        }
        if (_unit == 4 && _element == 4)
        {
            Words(map, (uint*)source, (uint*)destination, (uint*)value);
            return;
        }
        long middle = _middleCount * _unit, end = _middle + _middleCount;
        if (middle > 0) Buffer.MemoryCopy(source + _middleSource * _unit, destination + _middle * _unit, middle, middle);
        Edge(map, 0, _middle, source, destination, value);
        Edge(map, end, map.Length, source, destination, value);
    }

    /// <summary>Every word twice, to two rows (or one, named twice).</summary>
    [MethodImpl(Compile.Loop)]
    private static void Double(float* from, float* to, float* next, long count)
    {
        long i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i + 8 <= count; i += 8)
            {
                Vector256<float> v = Vector256.Load(from + i);
                Vector256<float> low = Vector256.Shuffle(v, Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3)), high = Vector256.Shuffle(v, Vector256.Create(4, 4, 5, 5, 6, 6, 7, 7));
                low.Store(to + 2 * i);
                high.Store(to + 2 * i + 8);
                if (next == to) continue;
                low.Store(next + 2 * i);
                high.Store(next + 2 * i + 8);
            }
        for (; i < count; i++) to[2 * i] = to[2 * i + 1] = next[2 * i] = next[2 * i + 1] = from[i];
    }

    /// <summary>A row of elements of four bytes. Rows are short: a call for each part would cost more than the part.</summary>
    [MethodImpl(Compile.Loop)]
    private void Words(long[] map, uint* from, uint* to, uint* value)
    {
        fixed (long* index = map)
        {
            long i = 0;
            for (; i < _middle; i++) to[i] = index[i] < 0 ? *value : from[index[i]];
            uint* run = from + _middleSource - i;
            long end = i + _middleCount;
            if (_middleCount >= 8)
            {
                for (; i + 8 <= end; i += 8) Vector256.Load(run + i).Store(to + i);
                // The last vector overlaps its neighbour.
                Vector256.Load(run + end - 8).Store(to + end - 8);
                i = end;
            }
            for (; i < end; i++) to[i] = run[i];
            for (; i < map.Length; i++) to[i] = index[i] < 0 ? *value : from[index[i]];
        }
    }

    private void Edge(long[] map, long begin, long end, byte* source, byte* destination, void* value)
    {
        if (_unit == 64 && Vector512.IsHardwareAccelerated) Units<Vector512<byte>>(map, begin, end, source, destination, value);
        else Units(map, begin, end, source, destination, value);
    }

    [MethodImpl(Compile.Loop)]
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
        fixed (long* index = map)
        {
            if (!_hasConstant)
            {
                for (long i = begin; i < end; i++) to[i] = from[index[i]];
                return;
            }
            for (long i = begin; i < end; i++)
                if (index[i] >= 0) to[i] = from[index[i]];
                else if (sizeof(T) == _element) to[i] = Unsafe.ReadUnaligned<T>(value);
                else Fill((byte*)(to + i), sizeof(T), value);
        }
    }

    private void Fill(byte* destination, long bytes, void* value) => Filling.Run(destination, bytes / _element, _element, value);

    private static bool IsDoubled(long[] map)
    {
        for (long i = 0; i < map.Length; i++)
            if (map[i] != i / 2) return false;
        return map.Length % 2 == 0;
    }

    private static bool IsIdentity(long[] map)
    {
        for (long i = 0; i < map.Length; i++)
            if (map[i] != i) return false;
        return true;
    }
}
