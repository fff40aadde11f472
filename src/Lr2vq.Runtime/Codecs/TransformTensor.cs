using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Entropy-coded uniform levels with a scale for each row, optionally in a basis over the kernel taps (ECSQ, TC-ECSQ).</summary>
/// <remarks><c>w[r, i, x] = scale[r] · unit · Σ_c Q[r, i, c] · B[c, x]</c>, Q = level, or 16·level − sign(level)·shift[c].
/// Levels are decoded to i8 (i16 if one is beyond ±127) when the tensor is opened; panels are computed from them.
/// B is stored in fixed point with so few bits that every product and partial sum is a whole number below 2²⁴: float arithmetic is then
/// exact, and fused or not, in any order, gives the same bits.
/// Without a basis the coefficients may still be the taps, each with frequencies of its own.
/// unit = step, / 16 with shifts, / 2^bits of B: powers of two, so nothing is rounded.
/// Parameters: coefficients u16 (1 or taps), bytes of a level u8, bits of B u8, shifts present u8, multiplier f32, step f32, shifts
/// u8[coefficients].
/// Codes: <see cref="LevelCoder"/>. Codebook: B i16[coefficients²]. Dense: f16[rows] (<see cref="RowScales"/>).</remarks>
internal sealed unsafe class TransformTensor : WeightTensor
{
    /// <summary>Largest basis.</summary>
    public const int MaxCoefficients = 64;

    /// <summary>Bytes of the parameters without shifts.</summary>
    public const int ParameterBytes = 13;

    // Below this many rows of a block, decoding all sixteen would cost more than it saves.
    private const int FewestRowsByPanel = 4;

    // Taps of a panel that fits the stack.
    private const int MaxPanelTaps = 25;

    private readonly PanelOrder _order;
    private readonly int _coefficients, _bytesPerLevel;
    private readonly byte* _levels;
    private readonly float* _scales;
    private readonly float* _basis;
    private readonly float* _shifts;    // null: none

    private TransformTensor(in TensorPayload payload, PanelOrder order, int coefficients, int bytesPerLevel, byte* levels, float* scales,
        float* basis, float* shifts) : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups)
    {
        _order = order;
        _coefficients = coefficients;
        _bytesPerLevel = bytesPerLevel;
        _levels = levels;
        _scales = scales;
        _basis = basis;
        _shifts = shifts;
    }

    public override TensorFormat Format => TensorFormat.Transform;

    /// <summary>1, or the number of taps if each has frequencies of its own, or there is a basis.</summary>
    public int Coefficients => _coefficients;

    /// <summary>Most bits a basis may have, so that sums stay exact; see the remarks.</summary>
    /// <param name="largestLevel">Largest |level|.</param>
    public static int MaxBasisBits(int largestLevel, int coefficients, bool shifted)
    {
        double largest = Math.Max(1, largestLevel) * (shifted ? 16.0 : 1.0) * Math.Sqrt(coefficients) * 1.02;
        int bits = 14;
        while (bits > 0 && largest * (1 << bits) >= 1 << 24) bits--;
        return bits;
    }

    /// <summary>Packs what a method found.</summary>
    public static EncodedTensor Pack(TensorIdentity identity, TransformFactors factors)
    {
        PanelOrder order = PanelOrder.Of(identity.Canonical);
        bool transformed = factors.Basis.Length > 0, shifted = factors.Shifts.Length > 0;
        int coefficients = factors.Models.Length;
        int largest = 0;
        foreach (short level in factors.Levels) largest = Math.Max(largest, Math.Abs((int)level));
        byte[] dense = new byte[RowScales.BytesPerScale * order.Rows];
        float multiplier = RowScales.Pack((float[])factors.RowScales.Clone(), dense);
        byte[] parameters = new byte[ParameterBytes + (shifted ? coefficients : 0)];
        BinaryPrimitives.WriteUInt16LittleEndian(parameters, (ushort)coefficients);
        parameters[2] = (byte)(largest > 127 ? 2 : 1);
        parameters[3] = (byte)factors.BasisBits;
        parameters[4] = shifted ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(5), multiplier);
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(9), factors.Step);
        factors.Shifts.CopyTo(parameters.AsSpan(ParameterBytes));
        byte[] basis = new byte[2 * factors.Basis.Length];
        for (int i = 0; i < factors.Basis.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(basis.AsSpan(2 * i), factors.Basis[i]);
        return identity.With(TensorFormat.Transform, parameters, LevelCoder.Pack(factors.Levels, order, factors.Models), basis, dense);
    }

    /// <summary>What the parameters say.</summary>
    public static TensorDescription Describe(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        int coefficients = reader.UInt16("number of coefficients", 1, MaxCoefficients), bytesPerLevel = reader.Byte("level size", 1, 2);
        reader.Byte("basis precision", 0, 14);
        reader.Byte("shift flag", 0, 1);
        reader.Single("multiplier");
        bool transformed = payload.CodebookLength > 0;
        return new TensorDescription
        {
            Method = transformed ? "tc-ecsq" : "ecsq",
            Step = reader.Single("step"),
            Basis = transformed ? coefficients : null,
            Encoding = bytesPerLevel == 1 ? "int8" : "int16",
            IsScaled = true,
        };
    }

    public static TransformTensor Open(in TensorPayload payload)
    {
        PanelOrder order = PanelOrder.Of(payload.Canonical);
        var reader = new ParameterReader(payload);
        int coefficients = reader.UInt16("number of coefficients", 1, MaxCoefficients);
        int bytesPerLevel = reader.Byte("level size", 1, 2);
        int basisBits = reader.Byte("basis precision", 0, 14);
        bool shifted = reader.Byte("shift flag", 0, 1) == 1;
        float multiplier = reader.Single("multiplier"), step = reader.Single("step");
        ReadOnlySpan<byte> shiftBytes = shifted ? reader.Bytes("shifts", coefficients) : default;
        reader.End();
        bool transformed = payload.CodebookLength > 0;
        if (coefficients != order.Taps && (transformed || coefficients != 1))
            throw payload.Invalid($"has {coefficients} coefficients for {order.Taps} kernel taps");
        payload.ExpectCodebook(transformed ? 2L * coefficients * coefficients : 0);
        payload.ExpectDense((long)RowScales.BytesPerScale * order.Rows);
        float unit = step / (shifted ? 16f : 1f) / (transformed ? 1 << basisBits : 1);
        float* scales = RowScales.Open(payload, payload.DenseData, order.Rows, multiplier * unit);
        float* basis = null, shifts = null;
        if (transformed)
        {
            basis = payload.Memory.AllocateFloats((long)coefficients * coefficients);
            for (int i = 0; i < coefficients * coefficients; i++) basis[i] = Unsafe.ReadUnaligned<short>(payload.CodebookData + 2 * i);
        }
        if (shifted)
        {
            shifts = payload.Memory.AllocateFloats(coefficients);
            for (int c = 0; c < coefficients; c++) shifts[c] = shiftBytes[c] <= 8 ? shiftBytes[c] : throw payload.Invalid("has a shift above 8/16");
        }
        byte* levels = LevelCoder.Open(payload, order, coefficients, bytesPerLevel);
        return new TransformTensor(payload, order, coefficients, bytesPerLevel, levels, scales, basis, shifts);
    }

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
            float scale = _scales[row];
            for (int i = 0; i < _order.Inputs; i++)
            {
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
        long start = (first / PanelOrder.Lanes * _order.Columns + (long)firstInput * taps) * PanelOrder.Lanes;
        for (int block = 0; block < inputs; block += PanelOrder.Lanes)
        {
            int wanted = Math.Min(PanelOrder.Lanes, inputs - block);
            int lanes = Math.Min(PanelOrder.Lanes, _order.Inputs - firstInput - block);    // as stored; more than wanted if the window ends here
            long from = start + (long)block * taps * PanelOrder.Lanes;
            float* to = panel + (long)block * taps * PanelOrder.Lanes;
            for (int lane = 0; lane < PanelOrder.Lanes; lane += L.Count)
            {
                V scale = L.Load(_scales + first + lane);
                if (_basis == null) Scaled<L, V>(from + lane, lanes, wanted, taps, scale, to + lane);
                else Transformed<L, V>(from + lane, lanes, wanted, scale, to + lane);
            }
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Scaled<L, V>(long from, int lanes, int wanted, int taps, V scale, float* to) where L : struct, ILanes<V> where V : struct
    {
        bool plain = _bytesPerLevel == 1 && _shifts == null, one = _coefficients == 1;
        for (int tap = 0; tap < taps; tap++)
        {
            long at = from + (long)tap * lanes * PanelOrder.Lanes;
            float* end = to + (long)wanted * PanelOrder.Lanes;
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
    private void Transformed<L, V>(long from, int lanes, int wanted, V scale, float* to) where L : struct, ILanes<V> where V : struct
    {
        int m = _coefficients;
        long step = (long)lanes * PanelOrder.Lanes, toStep = (long)wanted * PanelOrder.Lanes;
        if (m == 9)
        {
            for (int i = 0; i < wanted; i++, from += PanelOrder.Lanes, to += PanelOrder.Lanes) Nine<L, V>(from, step, scale, to, toStep);
            return;
        }
        float* values = stackalloc float[MaxCoefficients * PanelOrder.Lanes];
        for (int i = 0; i < wanted; i++, from += PanelOrder.Lanes, to += PanelOrder.Lanes)
        {
            for (int c = 0; c < m; c++) L.Store(Level<L, V>(from + c * step, c), values + c * PanelOrder.Lanes);
            for (int x = 0; x < m; x++)
            {
                V sum = L.Zero;
                float* basis = _basis + x;
                for (int c = 0; c < m; c++, basis += m) sum = L.Fma(L.Load(values + c * PanelOrder.Lanes), L.Broadcast(basis), sum);
                L.Store(L.Mul(scale, sum), to + x * toStep);
            }
        }
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
