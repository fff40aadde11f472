using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>A few bits a weight: uniform levels, or a table of values, times a scale for each group of neighbours in a row.</summary>
/// <remarks><c>w[r, j] = scale[r, j / group] · value[code]</c>. Uniform values of b bits: code − 2^(b−1), or from −2^(b−1) + ½ in steps
/// of 1 (so that none is wasted) for b ≤ 3. Codes are expanded to bytes when the tensor is opened.
/// Parameters: bits u8, entries u16 (0: uniform), group i32, multiplier f32. Codes: packed, in <see cref="PanelOrder"/>.
/// Codebook: f16[entries]. Dense: f16[rows · ⌈columns / group⌉] (<see cref="RowScales"/>).</remarks>
internal sealed unsafe class ScalarTensor : WeightTensor
{
    private const int ParameterBytes = 11;

    private readonly PanelOrder _order;
    private readonly int _groups;
    private readonly byte* _codes;
    private readonly float* _scales;    // [row block][group][16 rows]
    private readonly int* _groupOf;     // [vector in the row block]
    private readonly float* _values;    // [1 << bits]
    private readonly float _offset;     // of uniform levels
    private readonly bool _uniform;

    private ScalarTensor(in TensorPayload payload, PanelOrder order, int groups, byte* codes, float* scales, int* groupOf, float* values,
        float offset, bool uniform) : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups)
    {
        _order = order;
        _groups = groups;
        _codes = codes;
        _scales = scales;
        _groupOf = groupOf;
        _values = values;
        _offset = offset;
        _uniform = uniform;
    }

    public override TensorFormat Format => TensorFormat.Scalar;

    /// <summary>What is added to a code of uniform levels.</summary>
    public static float Offset(int bits) => -(1 << (bits - 1)) + (bits <= 3 ? 0.5f : 0f);

    /// <summary>Exact bytes of the ranges.</summary>
    public static (int Parameters, long Codes, long Codebook, long Dense) ByteLengths(int rows, int columns, int bits, int entries, int group) =>
        (ParameterBytes, PackedBits.ByteLength((long)rows * columns, bits), 2L * entries,
            (long)RowScales.BytesPerScale * rows * ScaleGroups.CountIn(columns, group));

    /// <summary>Packs what a method found.</summary>
    public static EncodedTensor Pack(TensorIdentity identity, ScalarFactors factors)
    {
        PanelOrder order = PanelOrder.Of(identity.Canonical);
        byte[] parameters = new byte[ParameterBytes], table = new byte[2 * factors.Table.Length];
        byte[] dense = new byte[RowScales.BytesPerScale * factors.Scales.Length];
        parameters[0] = (byte)factors.Bits;
        BinaryPrimitives.WriteUInt16LittleEndian(parameters.AsSpan(1), (ushort)factors.Table.Length);
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(3), factors.Group);
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(7), RowScales.Pack((float[])factors.Scales.Clone(), dense));
        for (int j = 0; j < factors.Table.Length; j++) BinaryPrimitives.WriteHalfLittleEndian(table.AsSpan(2 * j), (Half)factors.Table[j]);
        ushort[] codes = new ushort[factors.Codes.Length];
        int at = 0;
        order.Visit(element => codes[at++] = factors.Codes[element]);
        return identity.With(TensorFormat.Scalar, parameters, PackedBits.Pack(codes, factors.Bits), table, dense);
    }

    /// <summary>What the parameters say.</summary>
    public static TensorDescription Describe(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        int bits = reader.Byte("number of bits", 1, 8), entries = reader.UInt16("number of values", 0, 1 << bits);
        int group = reader.Int32("group size", 1, int.MaxValue);
        return entries == 0
            ? new TensorDescription { Method = "uniform", Bits = bits, Group = group }
            : new TensorDescription { Method = "kmeans", K = [entries], Bits = bits, Group = group };
    }

    public static ScalarTensor Open(in TensorPayload payload)
    {
        CanonicalShape shape = payload.Canonical;
        PanelOrder order = PanelOrder.Of(shape);
        int columns = (int)order.Columns;
        var reader = new ParameterReader(payload);
        int bits = reader.Byte("number of bits", 1, 8), entries = reader.UInt16("number of values", 0, 1 << bits);
        int group = reader.Int32("group size", 1, int.MaxValue);
        float multiplier = reader.Single("multiplier");
        reader.End();
        var lengths = ByteLengths(shape.Rows, columns, bits, entries, group);
        payload.ExpectCodes(lengths.Codes);
        payload.ExpectCodebook(lengths.Codebook);
        payload.ExpectDense(lengths.Dense);

        float* values = payload.Memory.AllocateFloats(1 << bits);
        for (int j = 0; j < 1 << bits; j++)
        {
            values[j] = entries == 0 ? j + Offset(bits)
                : j < entries ? (float)BinaryPrimitives.ReadHalfLittleEndian(payload.Codebook[(2 * j)..]) : 0f;
        }
        int groups = ScaleGroups.CountIn(columns, group);
        return new ScalarTensor(payload, order, groups, Unpack(payload, order, bits), ScaleGroups.Open(payload, order, groups, multiplier),
            ScaleGroups.OfVectors(payload, order, group), values, Offset(bits), entries == 0);
    }

    [MethodImpl(Compile.Loop)]
    public override void DecodeRows(int first, int count, float* destination, long stride)
    {
        int taps = _order.Taps;
        for (int row = first; row < first + count; row++, destination += stride)
        {
            int lane = row % PanelOrder.Lanes;
            long block = row / PanelOrder.Lanes, vector = 0;
            float* scales = _scales + block * _groups * PanelOrder.Lanes + lane;
            byte* codes = _codes + block * _order.Columns * PanelOrder.Lanes + lane;
            for (int input = 0; input < _order.Inputs; input += PanelOrder.Lanes)
            {
                int end = Math.Min(input + PanelOrder.Lanes, _order.Inputs);
                for (int tap = 0; tap < taps; tap++)
                {
                    float* to = destination + (long)input * taps + tap;
                    for (int i = input; i < end; i++, vector++, to += taps)
                        *to = scales[(long)_groupOf[vector] * PanelOrder.Lanes] * _values[codes[vector * PanelOrder.Lanes]];
                }
            }
        }
    }

    public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        if (!_order.IsStored(first, firstInput, inputs))
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

    [MethodImpl(Compile.Loop)]
    private void Panel<L, V>(int first, int firstInput, int inputs, float* panel) where L : struct, ILanes<V> where V : struct
    {
        long block = first / PanelOrder.Lanes, vector = (long)firstInput * _order.Taps, end = vector + (long)inputs * _order.Taps;
        byte* codes = _codes + (block * _order.Columns + vector) * PanelOrder.Lanes;
        float* scales = _scales + block * _groups * PanelOrder.Lanes;
        V offset = L.Splat(_offset);
        for (; vector < end; vector++, codes += PanelOrder.Lanes, panel += PanelOrder.Lanes)
        {
            float* scale = scales + _groupOf[vector] * PanelOrder.Lanes;
            if (_uniform)
            {
                for (int lane = 0; lane < PanelOrder.Lanes; lane += L.Count)
                    L.Store(L.Mul(L.Load(scale + lane), L.Add(Widen.Load<V>(codes + lane), offset)), panel + lane);
                continue;
            }
            for (int lane = 0; lane < PanelOrder.Lanes; lane++) panel[lane] = _values[codes[lane]];
            for (int lane = 0; lane < PanelOrder.Lanes; lane += L.Count)
                L.Store(L.Mul(L.Load(scale + lane), L.Load(panel + lane)), panel + lane);
        }
    }

    private static byte* Unpack(in TensorPayload payload, PanelOrder order, int bits)
    {
        byte* codes = payload.Memory.Allocate(order.StoredLength), packed = payload.CodesData;
        uint held = 0, mask = (1u << bits) - 1;
        int heldBits = 0;
        for (int block = 0; block < order.RowBlocks; block++)
        {
            int rows = order.RowsOf(block);
            for (long vector = block * order.Columns; vector < (block + 1) * order.Columns; vector++)
                for (int r = 0; r < rows; r++)
                {
                    if (heldBits < bits)
                    {
                        held |= (uint)*packed++ << heldBits;
                        heldBits += 8;
                    }
                    codes[vector * PanelOrder.Lanes + r] = (byte)(held & mask);
                    held >>= bits;
                    heldBits -= bits;
                }
        }
        return codes;
    }
}
