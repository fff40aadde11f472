using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Threading;
using Lr2vq.Memory;

namespace Lr2vq.Codecs;

/// <summary>Entropy-coded uniform levels with a scale for each row, optionally in a basis over the kernel taps (ECSQ, TC-ECSQ).</summary>
/// <remarks><c>w[r, i, x] = scale[r] · unit · Σ_c Q[r, i, c] · B[c, x]</c>, Q = level, or 16·level − sign(level)·shift[c].
/// Levels are decoded to i8 (i16 if one is beyond ±127) when the tensor is opened; panels are computed from them.
/// B is stored in fixed point with so few bits that every product and partial sum is a whole number below 2²⁴: float arithmetic is then
/// exact, and fused or not, in any order, gives the same bits.
/// Without a basis the coefficients may still be the taps, each with frequencies of its own.
/// unit = step, / 16 with shifts, / 2^bits of B: powers of two, so nothing is rounded.
/// Parameters: coefficients u16 (1 or taps), bytes of a level u8, bits of B u8, flags u8 (1 shifts present, 2 scales coded), multiplier f32 (1 if
/// scales are coded), step f32, shifts u8[coefficients].
/// Codes: <see cref="LevelCoder"/>. Codebook: B i16[coefficients²]. Dense: the scales of rows (<see cref="RowScales"/>), f16 or coded.
/// <see cref="TensorFormat.ScaledTransform"/> has scales of input channels, too: <c>w[r, i, x] = (scale[r] · column[set of r, i]) · …</c>.
/// Parameters: those above, number of sets u32, which divides the rows. Dense: those above, then <see cref="ColumnScales"/>.
/// <see cref="TensorFormat.Trellis"/> and <see cref="TensorFormat.ScaledTrellis"/> have <see cref="TrellisCoder"/> in place of
/// <see cref="LevelCoder"/>: what that gives is multiples of the step, which are levels to all that follows.</remarks>
internal sealed unsafe partial class TransformTensor : WeightTensor
{
    /// <summary>Largest basis.</summary>
    public const int MaxCoefficients = 64;

    /// <summary>Bytes of the parameters without shifts.</summary>
    public const int ParameterBytes = 13;

    private const int SetBytes = 4, Shifted = 1, CodedScales = 2;

    private readonly PanelOrder _order;
    private readonly int _coefficients, _bytesPerLevel;
    private readonly byte* _levels;
    private readonly float* _scales;
    private readonly float* _basis;
    private readonly float* _shifts;    // null: none
    private readonly float* _columns;   // null: none
    private readonly int _rowsOfSet;

    private TransformTensor(in TensorPayload payload, PanelOrder order, int coefficients, int bytesPerLevel, byte* levels, float* scales,
        float* basis, float* shifts, float* columns, int sets) : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups)
    {
        Format = payload.Format;
        _order = order;
        _coefficients = coefficients;
        _bytesPerLevel = bytesPerLevel;
        _levels = levels;
        _scales = scales;
        _basis = basis;
        _shifts = shifts;
        _columns = columns;
        _rowsOfSet = order.Rows / sets;
        // Levels that are both wide and moved are rare, and sets of input channels belong to groups.
        if (sets == 1 && (bytesPerLevel == 1 || shifts == null)) _direct = new LevelWeight(order, levels, IsWide, scales, basis, shifts, columns, coefficients);
    }

    public override TensorFormat Format { get; }

    /// <summary>1, or the number of taps if each has frequencies of its own, or there is a basis.</summary>
    public int Coefficients => _coefficients;

    /// <summary>True if levels are coefficients of a basis.</summary>
    public bool HasBasis => _basis != null;

    /// <summary>True if a level is 16 bits wide in memory.</summary>
    public bool IsWide => _bytesPerLevel == 2;

    /// <summary>True if input channels have scales.</summary>
    public bool HasColumnScales => _columns != null;

    /// <summary>True if levels are moved towards 0.</summary>
    public bool IsShifted => _shifts != null;

    /// <summary>Most bits a basis may have, so that sums stay exact; see the remarks.</summary>
    /// <param name="largestLevel">Largest |level|.</param>
    public static int MaxBasisBits(int largestLevel, int coefficients, bool shifted)
    {
        double largest = Math.Max(1, largestLevel) * (shifted ? 16.0 : 1.0) * Math.Sqrt(coefficients) * 1.02;
        int bits = 14;
        while (bits > 0 && largest * (1 << bits) >= 1 << 24) bits--;
        return bits;
    }

    /// <summary>True for the formats of this class.</summary>
    public static bool Has(TensorFormat format) => IsTrellis(format) || format is TensorFormat.Transform or TensorFormat.ScaledTransform;

    /// <summary>True if levels are coded by a trellis.</summary>
    public static bool IsTrellis(TensorFormat format) => format is TensorFormat.Trellis or TensorFormat.ScaledTrellis;

    /// <summary>Packs what a method found.</summary>
    public static EncodedTensor Pack(TensorIdentity identity, TransformFactors factors, CancellationToken cancellation = default)
    {
        PanelOrder order = PanelOrder.Of(identity.Canonical);
        bool transformed = factors.Basis.Length > 0, shifted = factors.Shifts.Length > 0, scaled = factors.Columns.Length > 0;
        int coefficients = factors.IsTrellis ? factors.Models.Length / 2 : factors.Models.Length;
        int largest = 0;
        foreach (short level in factors.Levels) largest = Math.Max(largest, Math.Abs((int)level));
        (byte[] dense, bool coded, float multiplier) = PackScales(factors.RowScales);
        int shiftBytes = shifted ? coefficients : 0;
        byte[] parameters = new byte[ParameterBytes + shiftBytes + (scaled ? SetBytes : 0)];
        BinaryPrimitives.WriteUInt16LittleEndian(parameters, (ushort)coefficients);
        parameters[2] = (byte)(largest > (factors.IsTrellis ? TrellisCoder.LargestOfByte * 2 : 127) ? 2 : 1);
        parameters[3] = (byte)factors.BasisBits;
        parameters[4] = (byte)((shifted ? Shifted : 0) | (coded ? CodedScales : 0));
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(5), multiplier);
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(9), factors.Step);
        factors.Shifts.CopyTo(parameters.AsSpan(ParameterBytes));
        if (scaled) BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(ParameterBytes + shiftBytes), factors.Columns.Length / order.Inputs);
        byte[] basis = new byte[2 * factors.Basis.Length];
        for (int i = 0; i < factors.Basis.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(basis.AsSpan(2 * i), factors.Basis[i]);
        if (scaled) dense = [.. dense, .. ColumnScales.Pack(factors.Columns)];
        if (!factors.IsTrellis)
            return identity.With(scaled ? TensorFormat.ScaledTransform : TensorFormat.Transform, parameters, LevelCoder.Pack(factors.Levels, order, factors.Models, cancellation), basis, dense);
        (short[] levels, byte[] quantizers) = TrellisCoder.LevelsOf(factors.Levels, order, cancellation);
        return identity.With(scaled ? TensorFormat.ScaledTrellis : TensorFormat.Trellis, parameters, TrellisCoder.Pack(levels, quantizers, order, factors.Models, cancellation), basis, dense);
    }

    /// <summary>The same levels with each row multiplied by a factor.</summary>
    public static EncodedTensor Rescaled(EncodedTensor tensor, ReadOnlySpan<double> factors)
    {
        (float[] scales, int used) = ScalesOf(tensor);
        bool wasCoded = (tensor.Parameters[4] & CodedScales) != 0;
        for (int row = 0; row < scales.Length; row++)
        {
            scales[row] = (float)(factors[row] * scales[row]);
            if (wasCoded) scales[row] = RowScales.Snap(scales[row], RowScales.Finest);
        }
        (byte[] dense, bool coded, float multiplier) = PackScales(scales);
        byte[] parameters = (byte[])tensor.Parameters.Clone();
        parameters[4] = (byte)(parameters[4] & ~CodedScales | (coded ? CodedScales : 0));
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(5), multiplier);
        return tensor with { Parameters = parameters, Dense = [.. dense, .. tensor.Dense.AsSpan(used)] };
    }

    /// <summary>Scales of the rows of a packed tensor, and the bytes that they take.</summary>
    public static (float[] Scales, int Bytes) ScalesOf(EncodedTensor tensor)
    {
        float[] scales = new float[CanonicalShape.Of(tensor.Role, tensor.Shape, tensor.Groups).Rows];
        using NativeArena memory = new();
        fixed (byte* dense = tensor.Dense)
        {
            var payload = new TensorPayload { Name = tensor.Name, DenseData = dense, DenseLength = tensor.Dense.Length, Memory = memory };
            float multiplier = BinaryPrimitives.ReadSingleLittleEndian(tensor.Parameters.AsSpan(5));
            float* opened = OpenScales(payload, scales.Length, tensor.Parameters[4], multiplier, out long used);
            new ReadOnlySpan<float>(opened, scales.Length).CopyTo(scales);
            return (scales, (int)used);
        }
    }

    private static (byte[] Bytes, bool Coded, float Multiplier) PackScales(float[] scales)
    {
        if (RowScales.Code(scales) is { } coded) return (coded, true, 1f);
        byte[] halves = new byte[RowScales.BytesPerScale * scales.Length];
        return (halves, false, RowScales.Pack((float[])scales.Clone(), halves));
    }

    private static float* OpenScales(in TensorPayload payload, int rows, int flags, float multiplier, out long used)
    {
        if ((flags & CodedScales) != 0) return RowScales.OpenCoded(payload, payload.DenseData, payload.DenseLength, rows, multiplier, out used);
        used = (long)RowScales.BytesPerScale * rows;
        if (payload.DenseLength < used) throw payload.Invalid($"has {payload.DenseLength} bytes of scales, too few for its rows");
        return RowScales.Open(payload, payload.DenseData, rows, multiplier);
    }

    /// <summary>What the parameters say.</summary>
    public static TensorDescription Describe(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        int coefficients = reader.UInt16("number of coefficients", 1, MaxCoefficients), bytesPerLevel = reader.Byte("level size", 1, 2);
        reader.Byte("basis precision", 0, 14);
        reader.Byte("flags", 0, Shifted | CodedScales);
        reader.Single("multiplier");
        bool transformed = payload.CodebookLength > 0;
        return new TensorDescription
        {
            Method = transformed ? "tc-ecsq" : "ecsq",
            Step = reader.Single("step"),
            Basis = transformed ? coefficients : null,
            Encoding = bytesPerLevel == 1 ? "int8" : "int16",
            IsScaled = true,
            HasColumnScales = payload.Format is TensorFormat.ScaledTransform or TensorFormat.ScaledTrellis,
            IsTrellis = IsTrellis(payload.Format),
        };
    }

    public static TransformTensor Open(in TensorPayload payload)
    {
        PanelOrder order = PanelOrder.Of(payload.Canonical);
        var reader = new ParameterReader(payload);
        int coefficients = reader.UInt16("number of coefficients", 1, MaxCoefficients);
        int bytesPerLevel = reader.Byte("level size", 1, 2);
        int basisBits = reader.Byte("basis precision", 0, 14);
        int flags = reader.Byte("flags", 0, Shifted | CodedScales);
        bool shifted = (flags & Shifted) != 0;
        float multiplier = reader.Single("multiplier"), step = reader.Single("step");
        ReadOnlySpan<byte> shiftBytes = shifted ? reader.Bytes("shifts", coefficients) : default;
        bool scaled = payload.Format is TensorFormat.ScaledTransform or TensorFormat.ScaledTrellis;
        int sets = scaled ? reader.Int32("number of sets", 1, order.Rows) : 1;
        reader.End();
        bool transformed = payload.CodebookLength > 0;
        if (order.Rows % sets != 0) throw payload.Invalid($"has {sets} sets of input channels for {order.Rows} rows");
        if (coefficients != order.Taps && (transformed || coefficients != 1))
            throw payload.Invalid($"has {coefficients} coefficients for {order.Taps} kernel taps");
        payload.ExpectCodebook(transformed ? 2L * coefficients * coefficients : 0);
        float unit = step / (shifted ? 16f : 1f) / (transformed ? 1 << basisBits : 1);
        float* scales = OpenScales(payload, order.Rows, flags, multiplier * unit, out long used);
        if (!scaled) payload.ExpectDense(used);
        float* columns = scaled ? ColumnScales.Open(payload, payload.DenseData + used, payload.DenseLength - used, (long)sets * order.Inputs) : null;
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
        byte* levels = IsTrellis(payload.Format)
            ? TrellisCoder.Open(payload, order, coefficients, bytesPerLevel)
            : LevelCoder.Open(payload, order, coefficients, bytesPerLevel);
        return new TransformTensor(payload, order, coefficients, bytesPerLevel, levels, scales, basis, shifts, columns, sets);
    }
}
