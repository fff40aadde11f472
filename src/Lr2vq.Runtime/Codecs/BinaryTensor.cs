using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>One bit a weight and stage: signs times a scale for each group of neighbours in a row, the stages added.</summary>
/// <remarks><c>w[r, j] = Σₜ ±scale[r, j / group, t]</c>, added in the order of t, so every machine has the same bits. Signs stay packed in
/// memory: sixteen rows are two bytes.
/// Parameters: stages u8, group i32, multiplier f32. Codes: for each stage a bit a weight (1: negative), in <see cref="PanelOrder"/>.
/// Dense: f16[rows · ⌈columns / group⌉ · stages] (<see cref="RowScales"/>).</remarks>
internal sealed unsafe class BinaryTensor : WeightTensor
{
    /// <summary>Most signs that are added.</summary>
    public const int MaxStages = 8;

    private const int ParameterBytes = 9;

    private readonly PanelOrder _order;
    private readonly int _groups, _stages;
    private readonly ushort* _signs;    // [row block][vector in the row block][stage], a bit a row
    private readonly float* _scales;    // [row block][group][stage][16 rows]
    private readonly int* _groupOf;     // [vector in the row block]

    private BinaryTensor(in TensorPayload payload, PanelOrder order, int groups, int stages, ushort* signs, float* scales, int* groupOf)
        : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups)
    {
        _order = order;
        _groups = groups;
        _stages = stages;
        _signs = signs;
        _scales = scales;
        _groupOf = groupOf;
    }

    public override TensorFormat Format => TensorFormat.Binary;

    /// <summary>Exact bytes of the ranges.</summary>
    public static (int Parameters, long Codes, long Codebook, long Dense) ByteLengths(int rows, int columns, int stages, int group) =>
        (ParameterBytes, stages * PackedBits.ByteLength((long)rows * columns, 1), 0, (long)RowScales.BytesPerScale * rows * ScaleGroups.CountIn(columns, group) * stages);

    /// <summary>Packs what a method found.</summary>
    public static EncodedTensor Pack(TensorIdentity identity, BinaryFactors factors)
    {
        PanelOrder order = PanelOrder.Of(identity.Canonical);
        byte[] parameters = new byte[ParameterBytes], dense = new byte[RowScales.BytesPerScale * factors.Scales.Length];
        parameters[0] = (byte)factors.Stages;
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(1), factors.Group);
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(5), RowScales.Pack((float[])factors.Scales.Clone(), dense));
        int bytes = checked((int)PackedBits.ByteLength(factors.Signs.Length, 1));
        byte[] codes = new byte[checked(bytes * factors.Stages)];
        long at = 0;
        order.Visit(element =>
        {
            int signs = factors.Signs[element];
            for (int t = 0; t < factors.Stages; t++) codes[t * (long)bytes + (at >> 3)] |= (byte)((signs >> t & 1) << (int)(at & 7));
            at++;
        });
        return identity.With(TensorFormat.Binary, parameters, codes, dense: dense);
    }

    /// <summary>What the parameters say.</summary>
    public static TensorDescription Describe(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        int stages = reader.Byte("number of stages", 1, MaxStages), group = reader.Int32("group size", 1, int.MaxValue);
        return new TensorDescription { Method = "binary", K = [1 << stages], Bits = stages, Group = group };
    }

    public static BinaryTensor Open(in TensorPayload payload)
    {
        CanonicalShape shape = payload.Canonical;
        PanelOrder order = PanelOrder.Of(shape);
        int columns = (int)order.Columns;
        var reader = new ParameterReader(payload);
        int stages = reader.Byte("number of stages", 1, MaxStages), group = reader.Int32("group size", 1, int.MaxValue);
        float multiplier = reader.Single("multiplier");
        reader.End();
        var lengths = ByteLengths(shape.Rows, columns, stages, group);
        payload.ExpectCodes(lengths.Codes);
        payload.ExpectCodebook(lengths.Codebook);
        payload.ExpectDense(lengths.Dense);
        int groups = ScaleGroups.CountIn(columns, group);
        return new BinaryTensor(payload, order, groups, stages, Unpack(payload, order, stages), ScaleGroups.Open(payload, order, checked(groups * stages), multiplier), ScaleGroups.OfVectors(payload, order, group));
    }

    private static ushort* Unpack(in TensorPayload payload, PanelOrder order, int stages)
    {
        long vectors = order.RowBlocks * order.Columns, bytes = payload.CodesLength / stages;
        ushort* signs = (ushort*)payload.Memory.Allocate(vectors * stages * sizeof(ushort));
        for (int t = 0; t < stages; t++)
        {
            long bit = 0;
            for (long vector = 0; vector < vectors; vector++)
            {
                int rows = order.RowsOf((int)(vector / order.Columns));
                // The bits of a vector reach into three bytes at most; what is read beyond the codes belongs to something else and is masked.
                byte* from = payload.CodesData + t * bytes + (bit >> 3);
                long left = bytes - (bit >> 3);
                uint held = from[0] | (left > 1 ? (uint)from[1] << 8 : 0) | (left > 2 ? (uint)from[2] << 16 : 0);
                signs[vector * stages + t] = (ushort)((held >> (int)(bit & 7)) & ((1u << rows) - 1));
                bit += rows;
            }
        }
        return signs;
    }

    public override void DecodeRows(int first, int count, float* destination, long stride)
    {
        int taps = _order.Taps;
        for (int row = first; row < first + count; row++, destination += stride)
        {
            int lane = row % PanelOrder.Lanes;
            long block = row / PanelOrder.Lanes;
            float* scales = _scales + block * _groups * _stages * PanelOrder.Lanes + lane;
            ushort* signs = _signs + block * _order.Columns * _stages;
            int* group = _groupOf;
            for (int input = 0; input < _order.Inputs; input += PanelOrder.Lanes)
                for (int tap = 0; tap < taps; tap++)
                    for (int i = input; i < Math.Min(input + PanelOrder.Lanes, _order.Inputs); i++, group++, signs += _stages)
                    {
                        float* scale = scales + (long)*group * _stages * PanelOrder.Lanes;
                        float sum = 0f;
                        for (int t = 0; t < _stages; t++, scale += PanelOrder.Lanes) sum += (signs[t] >> lane & 1) != 0 ? -*scale : *scale;
                        destination[(long)i * taps + tap] = sum;
                    }
        }
    }

    public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        Isa isa = Lanes.Isa;
        if (!_order.IsStored(first, firstInput, inputs) || isa < Isa.Vector128)
        {
            base.DecodePanel16(first, firstInput, inputs, panel, scratch);
            return;
        }
        long vector = (long)firstInput * _order.Taps, count = (long)inputs * _order.Taps;
        ushort* signs = _signs + (first / PanelOrder.Lanes * _order.Columns + vector) * _stages;
        float* scales = _scales + (long)(first / PanelOrder.Lanes) * _groups * _stages * PanelOrder.Lanes;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Panel512(signs, scales, _groupOf + vector, count, panel);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) Panel256(signs, scales, _groupOf + vector, count, panel);
        else Panel128(signs, scales, _groupOf + vector, count, panel);
    }

    [MethodImpl(Compile.Loop)]
    private void Panel512(ushort* signs, float* scales, int* group, long count, float* panel)
    {
        Vector512<int> bits = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768), top = Vector512.Create(int.MinValue);
        for (; count > 0; count--, group++, panel += PanelOrder.Lanes)
        {
            float* scale = scales + (long)*group * _stages * PanelOrder.Lanes;
            Vector512<float> sum = Vector512<float>.Zero;
            for (int t = 0; t < _stages; t++, signs++, scale += PanelOrder.Lanes)
            {
                Vector512<int> negative = Vector512.Equals(Vector512.Create((int)*signs) & bits, bits) & top;
                sum += (Vector512.Load(scale).AsInt32() ^ negative).AsSingle();
            }
            sum.Store(panel);
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Panel256(ushort* signs, float* scales, int* group, long count, float* panel)
    {
        Vector256<int> low = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128), high = low << 8, top = Vector256.Create(int.MinValue);
        for (; count > 0; count--, group++, panel += PanelOrder.Lanes)
        {
            float* scale = scales + (long)*group * _stages * PanelOrder.Lanes;
            Vector256<float> sum = Vector256<float>.Zero, more = Vector256<float>.Zero;
            for (int t = 0; t < _stages; t++, signs++, scale += PanelOrder.Lanes)
            {
                Vector256<int> all = Vector256.Create((int)*signs);
                sum += (Vector256.Load(scale).AsInt32() ^ (Vector256.Equals(all & low, low) & top)).AsSingle();
                more += (Vector256.Load(scale + 8).AsInt32() ^ (Vector256.Equals(all & high, high) & top)).AsSingle();
            }
            sum.Store(panel);
            more.Store(panel + 8);
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Panel128(ushort* signs, float* scales, int* group, long count, float* panel)
    {
        Vector128<int> low = Vector128.Create(1, 2, 4, 8), top = Vector128.Create(int.MinValue);
        for (; count > 0; count--, group++, panel += PanelOrder.Lanes, signs += _stages)
        {
            float* scale = scales + (long)*group * _stages * PanelOrder.Lanes;
            for (int lane = 0; lane < PanelOrder.Lanes; lane += 4)
            {
                Vector128<int> bits = low << lane;
                Vector128<float> sum = Vector128<float>.Zero;
                for (int t = 0; t < _stages; t++)
                    sum += (Vector128.Load(scale + t * PanelOrder.Lanes + lane).AsInt32() ^ (Vector128.Equals(Vector128.Create((int)signs[t]) & bits, bits) & top)).AsSingle();
                sum.Store(panel + lane);
            }
        }
    }
}
