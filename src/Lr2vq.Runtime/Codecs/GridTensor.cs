using System;
using System.Buffers.Binary;
using System.IO;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>Weights that are whole multiples of the scale of their row, exactly: what is left of a network that was quantized to 8 bits.</summary>
/// <remarks>Parameters: u8, 1 if all rows have one scale, else 0. Dense: the scales f32. Codes: i8[rows · columns] as a <see cref="BytePlane"/>; zeros follow if that
/// is less than a byte for 1024 weights. w = scale[row] · level, rounded once.</remarks>
internal static unsafe class GridTensor
{
    private const int MostLevel = 128;

    // So that a short file cannot ask for much memory.
    private const int MaxWeightsPerByte = 1024;

    /// <summary>The weights as levels; null if they are no grid of 8 bits.</summary>
    public static EncodedTensor? TryPack(TensorIdentity identity, ReadOnlySpan<float> canonical)
    {
        int rows = identity.Canonical.Rows, columns = rows == 0 ? 0 : canonical.Length / rows;
        if (columns == 0) return null;
        var scales = new float[rows];
        for (int r = 0; r < rows; r++)
        {
            if (ScaleOf(canonical.Slice(r * columns, columns)) is not { } scale) return null;
            scales[r] = scale;
        }
        bool shared = scales.AsSpan().IndexOfAnyExcept(scales[0]) < 0;
        byte[] levels = new byte[canonical.Length], dense = new byte[sizeof(float) * (shared ? 1 : rows)];
        for (int i = 0; i < levels.Length; i++) levels[i] = (byte)Level(canonical[i], scales[i / columns]);
        for (int r = 0; r < dense.Length / sizeof(float); r++) BinaryPrimitives.WriteSingleLittleEndian(dense.AsSpan(sizeof(float) * r), scales[r]);
        using var codes = new MemoryStream();
        BytePlane.Pack(levels, codes);
        codes.SetLength(Math.Max(codes.Length, LeastLength(levels.Length)));
        return identity.With(TensorFormat.Grid, [shared ? (byte)1 : (byte)0], codes: codes.ToArray(), dense: dense);
    }

    public static TensorDescription Describe() => new() { Method = "lossless", Encoding = "int8", Bits = 8, IsScaled = true };

    public static DenseTensor Open(in TensorPayload payload)
    {
        CanonicalShape shape = payload.Canonical;
        long rows = shape.Rows, count = payload.Elements;
        var reader = new ParameterReader(payload);
        bool shared = reader.Byte("sharing of scales", 0, 1) == 1;
        reader.End();
        payload.ExpectCodebook(0);
        payload.ExpectDense(sizeof(float) * (shared ? 1 : rows));
        if (payload.CodesLength < LeastLength(count)) throw payload.Invalid($"has {payload.CodesLength} bytes of codes, too few for {count} weights");
        float* scales = payload.Memory.AllocateFloats(rows);
        for (long r = 0; r < rows; r++)
        {
            scales[r] = BinaryPrimitives.ReadSingleLittleEndian(new ReadOnlySpan<byte>(payload.DenseData + (shared ? 0 : sizeof(float) * r), sizeof(float)));
            if (!float.IsFinite(scales[r])) throw payload.Invalid("has a scale that is not finite");
        }
        byte* levels = payload.Memory.Allocate(count), at = payload.CodesData;
        long left = payload.CodesLength;
        if (BytePlane.Unpack(ref at, ref left, new Span<byte>(levels, checked((int)count))) is { } problem) throw payload.Invalid(problem);
        if (left > 0 && payload.CodesLength != LeastLength(count)) throw payload.Invalid("has bytes after its plane");
        return DenseTensor.OfLevels(payload, levels, scales);
    }

    private static long LeastLength(long count) => (count + MaxWeightsPerByte - 1) / MaxWeightsPerByte;

    /// <summary>The largest scale of which all numbers are whole multiples of 8 bits; null if there is none.</summary>
    private static float? ScaleOf(ReadOnlySpan<float> row)
    {
        float largest = 0f;
        foreach (float weight in row) largest = Math.Max(largest, Math.Abs(weight));
        if (!float.IsFinite(largest)) return null;
        for (int level = 1; level <= MostLevel; level++)
        {
            // A rounded product: its factor is the quotient or near it.
            float scale = largest / level;
            foreach (float near in (ReadOnlySpan<float>)[scale, MathF.BitIncrement(scale), MathF.BitDecrement(scale)])
                if (near >= 0f && IsGrid(row, near)) return near;
        }
        return null;
    }

    private static bool IsGrid(ReadOnlySpan<float> row, float scale)
    {
        foreach (float weight in row)
            if (BitConverter.SingleToInt32Bits(Level(weight, scale) * scale) != BitConverter.SingleToInt32Bits(weight)) return false;
        return true;
    }

    private static sbyte Level(float weight, float scale) => scale > 0f ? (sbyte)Math.Clamp(MathF.Round(weight / scale), sbyte.MinValue, sbyte.MaxValue) : (sbyte)0;
}
