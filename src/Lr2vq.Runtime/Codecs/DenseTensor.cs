using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Weights one by one, canonical order, row by row.</summary>
/// <remarks>Parameters: encoding u8; for int8 also the multiplier f32. Dense: the values; for int8 f16[rows] scales (see
/// <see cref="RowScales"/>), then i8[rows · columns]: w = scale[row] · value.</remarks>
internal sealed unsafe class DenseTensor : WeightTensor
{
    private const int Few = 16384;
    private readonly byte* _values;
    private readonly float* _scales;

    private DenseTensor(in TensorPayload payload, DenseEncoding encoding, byte* values, float* scales)
        : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups)
    {
        Encoding = encoding;
        _values = values;
        _scales = scales;
    }

    public override TensorFormat Format => TensorFormat.Dense;

    public DenseEncoding Encoding { get; }

    /// <summary>Exact bytes of the payload, parameters included.</summary>
    public static long ByteLength(DenseEncoding encoding, long rows, long columns) => encoding switch
    {
        DenseEncoding.Fp32 => 1 + 4 * rows * columns,
        DenseEncoding.Fp16 or DenseEncoding.BFloat16 => 1 + 2 * rows * columns,
        DenseEncoding.Int8 => 5 + RowScales.BytesPerScale * rows + rows * columns,
        _ => throw new ArgumentOutOfRangeException(nameof(encoding)),
    };

    /// <summary>Packs values that need no search.</summary>
    public static EncodedTensor Pack(TensorIdentity identity, ReadOnlySpan<float> canonical, DenseEncoding encoding)
    {
        int rows = identity.Canonical.Rows;
        byte[] dense;
        byte[] parameters = [(byte)encoding];
        switch (encoding)
        {
            case DenseEncoding.Fp32:
                dense = new byte[checked(4 * canonical.Length)];
                for (int i = 0; i < canonical.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(dense.AsSpan(4 * i), canonical[i]);
                break;
            case DenseEncoding.Fp16:
                dense = new byte[checked(2 * canonical.Length)];
                for (int i = 0; i < canonical.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(dense.AsSpan(2 * i), (Half)canonical[i]);
                break;
            case DenseEncoding.BFloat16:
                dense = new byte[checked(2 * canonical.Length)];
                for (int i = 0; i < canonical.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(dense.AsSpan(2 * i), ToBFloat16(canonical[i]));
                break;
            case DenseEncoding.Int8:
                (dense, float multiplier) = PackInt8(canonical, rows);
                parameters = new byte[5];
                parameters[0] = (byte)encoding;
                BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(1), multiplier);
                break;
            case DenseEncoding.Planes:
                return identity.With(TensorFormat.Dense, parameters, codes: BytePlanes.Pack(canonical));
            default:
                throw new ArgumentOutOfRangeException(nameof(encoding));
        }
        return identity.With(TensorFormat.Dense, parameters, dense: dense);
    }

    /// <summary>What the parameters say.</summary>
    public static TensorDescription Describe(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        return (DenseEncoding)reader.Byte("dense encoding", 0, (int)DenseEncoding.Planes) switch
        {
            DenseEncoding.Fp32 => new TensorDescription { Method = "fp32", Encoding = "fp32", Bits = 32 },
            DenseEncoding.Fp16 => new TensorDescription { Method = "fp16", Encoding = "fp16", Bits = 16 },
            DenseEncoding.BFloat16 => new TensorDescription { Method = "bf16", Encoding = "bf16", Bits = 16 },
            DenseEncoding.Int8 => new TensorDescription { Method = "int8", Encoding = "int8", Bits = 8, IsScaled = true },
            _ => new TensorDescription { Method = "lossless", Encoding = "planes" },
        };
    }

    /// <summary>fp32 weights that another format expanded, in canonical order, in the payload's memory.</summary>
    public static DenseTensor OfExpanded(in TensorPayload payload, float* weights) => new(payload, DenseEncoding.Fp32, (byte*)weights, null);

    /// <summary>Levels of 8 bits in canonical order and the scales of their rows, both in the payload's memory.</summary>
    public static DenseTensor OfLevels(in TensorPayload payload, byte* levels, float* scales) => new(payload, DenseEncoding.Int8, levels, scales);

    public static WeightTensor Open(in TensorPayload payload)
    {
        CanonicalShape shape = payload.Canonical;
        long rows = shape.Rows, count = rows * shape.Inputs * shape.KernelHeight * shape.KernelWidth;
        var reader = new ParameterReader(payload);
        var encoding = (DenseEncoding)reader.Byte("dense encoding", 0, (int)DenseEncoding.Planes);
        float multiplier = encoding == DenseEncoding.Int8 ? reader.Single("multiplier") : 1f;
        reader.End();
        payload.ExpectCodebook(0);
        if (encoding == DenseEncoding.Planes)
        {
            payload.ExpectDense(0);
            using BytePlaneReader planes = BytePlanes.Open(payload, count);
            long columns = count / Math.Max(1, rows);
            WeightTensor expanded = ExpandedWeights.Of(payload, (_, some, to) => planes.Read((uint*)to, some * columns));
            planes.End();
            return expanded;
        }
        payload.ExpectCodes(0);
        payload.ExpectDense(encoding switch
        {
            DenseEncoding.Fp32 => 4 * count,
            DenseEncoding.Int8 => RowScales.BytesPerScale * rows + count,
            _ => 2 * count,
        });
        return encoding == DenseEncoding.Int8
            ? new DenseTensor(payload, encoding, payload.DenseData + RowScales.BytesPerScale * rows,
                RowScales.Open(payload, payload.DenseData, rows, multiplier))
            : new DenseTensor(payload, encoding, payload.DenseData, null);
    }

    /// <summary>Decodes all without compiling <see cref="DecodeRows"/>, where that is quick: copies, and few numbers of fp16, as most biases are.</summary>
    public bool TryDecodeSimply(float* destination)
    {
        long count = (long)Rows * Columns;
        if (Encoding == DenseEncoding.Fp32) Buffer.MemoryCopy(_values, destination, 4 * count, 4 * count);
        else if (Encoding == DenseEncoding.Fp16 && count <= Few) HalfFloats.WidenFew(_values, destination, count);
        else return false;
        return true;
    }

    [MethodImpl(Compile.Loop)]
    public override void DecodeRows(int first, int count, float* destination, long stride)
    {
        long columns = Columns;
        for (int r = 0; r < count; r++, destination += stride)
        {
            long from = (first + r) * columns;
            switch (Encoding)
            {
                case DenseEncoding.Fp32:
                    Buffer.MemoryCopy(_values + 4 * from, destination, 4 * columns, 4 * columns);
                    break;
                case DenseEncoding.Fp16:
                    HalfFloats.Widen(_values + 2 * from, destination, columns);
                    break;
                case DenseEncoding.BFloat16:
                    HalfFloats.WidenBFloat16(_values + 2 * from, destination, columns);
                    break;
                default:
                    float scale = _scales[first + r];
                    sbyte* values = (sbyte*)_values + from;
                    long j = 0;
                    for (; j + 4 <= columns; j += 4) (Widen.Load<Vector128<float>>(values + j) * scale).Store(destination + j);
                    for (; j < columns; j++) destination[j] = scale * values[j];
                    break;
            }
        }
    }

    public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        int taps = KernelHeight * KernelWidth;
        if (Encoding == DenseEncoding.Fp32 && first + PanelOrder.Lanes <= Rows)
            Transpose16.ToPanel((float*)_values + (long)first * Columns + (long)firstInput * taps, Columns, inputs, taps, panel);
        else
            base.DecodePanel16(first, firstInput, inputs, panel, scratch);
    }

    // Rows of levels have to be turned to become panels.
    private const int RowsOfLevels = 6;

    // Floats of a row of 16-bit numbers that are widened at once.
    private const int Piece = 1024;

    public override bool HasProducts => Encoding is DenseEncoding.Fp32 or DenseEncoding.Int8 or DenseEncoding.Fp16;

    public override int RowsOfProducts => !HasProducts ? 0 : Encoding == DenseEncoding.Int8 ? RowsOfLevels : 1;

    public override void AddProducts(float* x, float* y, int first, int count, Isa isa)
    {
        if (Encoding == DenseEncoding.Int8) LevelProducts.AddRows(x, (sbyte*)_values + (long)first * Columns, Columns, count, _scales + first, y + first, isa);
        else if (Encoding == DenseEncoding.Fp16) AddHalves(x, y, first, count, isa);
        else DotProducts.Add(x, (float*)_values + (long)first * Columns, Columns, count, y + first, isa);
    }

    private void AddHalves(float* x, float* y, int first, int count, Isa isa)
    {
        float* piece = stackalloc float[Piece];
        for (int row = first; row < first + count; row++)
            for (int column = 0; column < Columns; column += Piece)
            {
                int length = Math.Min(Piece, Columns - column);
                HalfFloats.Widen(_values + 2 * ((long)row * Columns + column), piece, length);
                DotProducts.Add(x + column, piece, length, 1, y + row, isa);
            }
    }

    private static (byte[] Dense, float Multiplier) PackInt8(ReadOnlySpan<float> canonical, int rows)
    {
        int columns = rows == 0 ? 0 : canonical.Length / rows;
        byte[] dense = new byte[checked(RowScales.BytesPerScale * rows + canonical.Length)];
        float[] scales = new float[rows];
        for (int r = 0; r < rows; r++)
        {
            float largest = 0f;
            foreach (float weight in canonical.Slice(r * columns, columns)) largest = Math.Max(largest, Math.Abs(weight));
            scales[r] = largest / 127f;
        }
        float multiplier = RowScales.Pack(scales, dense);
        Span<byte> values = dense.AsSpan(RowScales.BytesPerScale * rows);
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < columns; i++)
            {
                float level = scales[r] == 0f ? 0f : canonical[r * columns + i] / scales[r];
                values[r * columns + i] = (byte)(sbyte)Math.Clamp(MathF.Round(level), -127f, 127f);
            }
        }
        return (dense, multiplier);
    }

    internal static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
