using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <remarks>From levels to rows and panels.</remarks>
internal sealed unsafe partial class TransformTensor
{
    // Below this many rows of a block, decoding all sixteen would cost more than it saves.
    private const int FewestRowsByPanel = 4;

    // Taps of a panel that fits the stack.
    private const int MaxPanelTaps = 25;

    public override void DecodeRows(int first, int count, float* destination, long stride)
    {
        int end = first + count;
        while (first < end)
        {
            int block = first & ~(PanelOrder.Lanes - 1), part = Math.Min(end, block + PanelOrder.Lanes) - first;
            if (part >= FewestRowsByPanel && _order.Taps <= MaxPanelTaps) RowsByPanel(first, part, destination, stride);
            else RowsOneByOne(first, part, destination, stride);
            first += part;
            destination += part * stride;
        }
    }

    /// <summary>Rows of one block of sixteen, through panels of sixteen inputs.</summary>
    private void RowsByPanel(int first, int count, float* destination, long stride)
    {
        int taps = _order.Taps, block = first & ~(PanelOrder.Lanes - 1), skipped = first - block;
        float* panel = stackalloc float[MaxPanelTaps * PanelOrder.Lanes * PanelOrder.Lanes];
        for (int input = 0; input < _order.Inputs; input += PanelOrder.Lanes)
        {
            int inputs = Math.Min(PanelOrder.Lanes, _order.Inputs - input);
            DecodePanel16(block, input, inputs, panel, null);
            float* from = panel + skipped;
            for (int tap = 0; tap < taps; tap++)
            {
                float* column = destination + (long)input * taps + tap;
                for (int i = 0; i < inputs; i++, column += taps, from += PanelOrder.Lanes)
                    for (int r = 0; r < count; r++) column[r * stride] = from[r];
            }
        }
    }

    private void RowsOneByOne(int first, int count, float* destination, long stride)
    {
        int taps = _order.Taps, m = _coefficients;
        float* values = stackalloc float[MaxCoefficients];
        for (int row = first; row < first + count; row++, destination += stride)
        {
            float* columns = _columns == null ? null : _columns + (long)(row / _rowsOfSet) * _order.Inputs;
            for (int i = 0; i < _order.Inputs; i++)
            {
                float scale = columns == null ? _scales[row] : _scales[row] * columns[i];
                float* to = destination + (long)i * taps;
                if (_basis == null)
                {
                    for (int x = 0; x < taps; x++) to[x] = scale * LevelAt(_order.IndexOf(row, i, x), m == 1 ? 0 : x);
                    continue;
                }
                for (int c = 0; c < m; c++) values[c] = LevelAt(_order.IndexOf(row, i, c), c);
                for (int x = 0; x < m; x++)
                {
                    float sum = 0f;
                    for (int c = 0; c < m; c++) sum += values[c] * _basis[c * m + x];
                    to[x] = scale * sum;
                }
            }
        }
    }

    public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        if (first % PanelOrder.Lanes != 0)
        {
            base.DecodePanel16(first, firstInput, inputs, panel, scratch);
            return;
        }
        Isa isa = Lanes.Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Panel<Lanes512, Vector512<float>>(first, firstInput, inputs, panel);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) Panel<Lanes256, Vector256<float>>(first, firstInput, inputs, panel);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) Panel<Lanes128, Vector128<float>>(first, firstInput, inputs, panel);
        else Panel<Lanes1, float>(first, firstInput, inputs, panel);
    }

    private float LevelAt(long index, int coefficient)
    {
        int level = _bytesPerLevel == 1 ? ((sbyte*)_levels)[index] : ((short*)_levels)[index];
        if (_shifts == null || level == 0) return _shifts == null ? level : 0f;
        float shift = _shifts[coefficient];
        return 16f * level - (level < 0 ? -shift : shift);
    }

    [MethodImpl(Compile.Loop)]
    private void Panel<L, V>(int first, int firstInput, int inputs, float* panel) where L : struct, ILanes<V> where V : struct
    {
        int taps = _order.Taps;
        float* columns = null;
        if (_columns != null)
        {
            float* room = stackalloc float[PanelOrder.Lanes * PanelOrder.Lanes];
            columns = room;
        }
        long start = (first / PanelOrder.Lanes * _order.Columns + (long)firstInput * taps) * PanelOrder.Lanes;
        for (int block = 0; block < inputs; block += PanelOrder.Lanes)
        {
            int wanted = Math.Min(PanelOrder.Lanes, inputs - block);
            int lanes = Math.Min(PanelOrder.Lanes, _order.Inputs - firstInput - block);    // as stored; more than wanted if the window ends here
            long from = start + (long)block * taps * PanelOrder.Lanes;
            float* to = panel + (long)block * taps * PanelOrder.Lanes;
            if (_columns != null) ColumnsOf(first, firstInput + block, wanted, columns);
            for (int lane = 0; lane < PanelOrder.Lanes; lane += L.Count)
            {
                V scale = L.Load(_scales + first + lane);
                float* own = _columns == null ? null : _rowsOfSet == _order.Rows ? columns : columns + lane;
                if (_basis == null) Scaled<L, V>(from + lane, lanes, wanted, taps, scale, own, to + lane);
                else Transformed<L, V>(from + lane, lanes, wanted, scale, own, to + lane);
            }
        }
    }

    /// <summary>The scales of some input channels, sixteen floats apart, as sixteen rows have them; where all rows have the same, only the first is written.</summary>
    private void ColumnsOf(int first, int input, int count, float* columns)
    {
        if (_rowsOfSet == _order.Rows)
        {
            for (int i = 0; i < count; i++) columns[i * PanelOrder.Lanes] = _columns[input + i];
            return;
        }
        for (int lane = 0; lane < PanelOrder.Lanes; lane++)
        {
            int row = Math.Min(first + lane, _order.Rows - 1);
            float* own = _columns + (long)(row / _rowsOfSet) * _order.Inputs + input;
            for (int i = 0; i < count; i++) columns[i * PanelOrder.Lanes + lane] = own[i];
        }
    }

    /// <summary>Scales of a vector of rows for one input channel: the product of both is rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Both<L, V>(V scale, float* column) where L : struct, ILanes<V> where V : struct =>
        L.Mul(scale, _rowsOfSet == _order.Rows ? L.Broadcast(column) : L.Load(column));

    [MethodImpl(Compile.Loop)]
    private void Scaled<L, V>(long from, int lanes, int wanted, int taps, V scale, float* columns, float* to) where L : struct, ILanes<V> where V : struct
    {
        bool plain = _bytesPerLevel == 1 && _shifts == null, one = _coefficients == 1;
        for (int tap = 0; tap < taps; tap++)
        {
            long at = from + (long)tap * lanes * PanelOrder.Lanes;
            float* end = to + (long)wanted * PanelOrder.Lanes;
            if (columns != null)
            {
                for (float* column = columns; to < end; column += PanelOrder.Lanes, at += PanelOrder.Lanes, to += PanelOrder.Lanes)
                    L.Store(L.Mul(Both<L, V>(scale, column), Level<L, V>(at, one ? 0 : tap)), to);
                continue;
            }
            if (plain)
            {
                for (sbyte* level = (sbyte*)_levels + at; to < end; level += PanelOrder.Lanes, to += PanelOrder.Lanes)
                    L.Store(L.Mul(scale, Widen.Load<V>(level)), to);
                continue;
            }
            for (; to < end; at += PanelOrder.Lanes, to += PanelOrder.Lanes)
                L.Store(L.Mul(scale, Level<L, V>(at, one ? 0 : tap)), to);
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Transformed<L, V>(long from, int lanes, int wanted, V scale, float* columns, float* to) where L : struct, ILanes<V> where V : struct
    {
        int m = _coefficients;
        long step = (long)lanes * PanelOrder.Lanes, toStep = (long)wanted * PanelOrder.Lanes;
        if (m == 9)
        {
            for (int i = 0; i < wanted; i++, from += PanelOrder.Lanes, to += PanelOrder.Lanes)
                Nine<L, V>(from, step, columns == null ? scale : Both<L, V>(scale, columns + i * PanelOrder.Lanes), to, toStep);
            return;
        }
        if (m == 3)
        {
            for (int i = 0; i < wanted; i++, from += PanelOrder.Lanes, to += PanelOrder.Lanes)
                Three<L, V>(from, step, columns == null ? scale : Both<L, V>(scale, columns + i * PanelOrder.Lanes), to, toStep);
            return;
        }
        float* values = stackalloc float[MaxCoefficients * PanelOrder.Lanes];
        for (int i = 0; i < wanted; i++, from += PanelOrder.Lanes, to += PanelOrder.Lanes)
        {
            V own = columns == null ? scale : Both<L, V>(scale, columns + i * PanelOrder.Lanes);
            for (int c = 0; c < m; c++) L.Store(Level<L, V>(from + c * step, c), values + c * PanelOrder.Lanes);
            for (int x = 0; x < m; x++)
            {
                V sum = L.Zero;
                float* basis = _basis + x;
                for (int c = 0; c < m; c++, basis += m) sum = L.Fma(L.Load(values + c * PanelOrder.Lanes), L.Broadcast(basis), sum);
                L.Store(L.Mul(own, sum), to + x * toStep);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Three<L, V>(long from, long step, V scale, float* to, long toStep) where L : struct, ILanes<V> where V : struct
    {
        V v0 = Level<L, V>(from, 0), v1 = Level<L, V>(from + step, 1), v2 = Level<L, V>(from + 2 * step, 2);
        float* b = _basis;
        for (int x = 0; x < 3; x++, b++, to += toStep)
            L.Store(L.Mul(scale, L.Fma(v2, L.Broadcast(b + 6), L.Fma(v1, L.Broadcast(b + 3), L.Fma(v0, L.Broadcast(b), L.Zero)))), to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Nine<L, V>(long from, long step, V scale, float* to, long toStep) where L : struct, ILanes<V> where V : struct
    {
        V v0 = Level<L, V>(from, 0), v1 = Level<L, V>(from + step, 1), v2 = Level<L, V>(from + 2 * step, 2);
        V v3 = Level<L, V>(from + 3 * step, 3), v4 = Level<L, V>(from + 4 * step, 4), v5 = Level<L, V>(from + 5 * step, 5);
        V v6 = Level<L, V>(from + 6 * step, 6), v7 = Level<L, V>(from + 7 * step, 7), v8 = Level<L, V>(from + 8 * step, 8);
        float* b = _basis;
        for (int x = 0; x < 9; x++, b++, to += toStep)
        {
            // Two chains, so that an addition need not wait for the one before; the sums are exact in any order, and starting from
            // +0 none is −0.
            V even = L.Fma(v0, L.Broadcast(b), L.Zero), odd = L.Fma(v1, L.Broadcast(b + 9), L.Zero);
            even = L.Fma(v2, L.Broadcast(b + 18), even);
            odd = L.Fma(v3, L.Broadcast(b + 27), odd);
            even = L.Fma(v4, L.Broadcast(b + 36), even);
            odd = L.Fma(v5, L.Broadcast(b + 45), odd);
            even = L.Fma(v6, L.Broadcast(b + 54), even);
            odd = L.Fma(v7, L.Broadcast(b + 63), odd);
            even = L.Fma(v8, L.Broadcast(b + 72), even);
            L.Store(L.Mul(scale, L.Add(even, odd)), to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Level<L, V>(long at, int coefficient) where L : struct, ILanes<V> where V : struct
    {
        V level = _bytesPerLevel == 1 ? Widen.Load<V>((sbyte*)_levels + at) : Widen.Load<V>((short*)_levels + at);
        if (_shifts == null) return level;
        // 16·level − sign(level)·shift, 0 for 0: the shift with the level's sign bit, where the level is not 0.
        V shift = L.Or(L.And(level, L.Splat(-0f)), L.Broadcast(_shifts + coefficient));
        return L.Sub(L.Mul(level, L.Splat(16f)), L.Select(L.Equal(level, L.Zero), L.Zero, shift));
    }
}
