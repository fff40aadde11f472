using System;
using System.Buffers.Binary;
using System.Numerics;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>Positive scales of rows: f16 relative to one f32 for the tensor, or coded as powers of two on a grid.</summary>
/// <remarks>f16: scale[i] = multiplier · f16[i]; the multiplier is the largest scale, so neither small nor large weights leave the range of f16.
/// Coded: scale[i] = 2^(n[i] / 2^g), 0 ≤ g ≤ <see cref="Finest"/>. A row's scale sets the step of its levels, so a few percent more or less cost
/// next to nothing, and half of the bytes of f16 go. Bits: g u3, zeros present u1, order u4, middle as a signed Golomb code of order
/// <see cref="MiddleOrder"/>, then for each scale: with zeros a bit, 0 for a scale of 0; n − middle as a signed Golomb code.</remarks>
internal static unsafe class RowScales
{
    public const int BytesPerScale = 2;

    /// <summary>The finest grid has 2^5 scales an octave; the nearest is at most 1.1 % away.</summary>
    public const int Finest = 5;

    /// <summary>The grid of scales that levels are made for, which then fit whatever the scale is.</summary>
    public const int Usual = 4;

    private const int GridBits = 3, OrderBits = 4, MiddleOrder = 8;

    // Octaves from 1 that a coded scale may have: within the normal numbers of f32.
    private const int MostOctaves = 120;

    private static readonly float[] s_ofOctave = OfOctave();

    /// <summary>Rounds <paramref name="scales"/> to what f16 can hold, in place, and gives the multiplier.</summary>
    /// <param name="scales">Scales, not negative. A scale below 2⁻²⁴ of the largest becomes that, so that it stays positive; 0 stays 0.</param>
    /// <param name="packed">Receives the f16 bytes.</param>
    public static float Pack(Span<float> scales, Span<byte> packed)
    {
        float multiplier = 0f;
        foreach (float scale in scales) multiplier = Math.Max(multiplier, scale);
        if (multiplier == 0f || !float.IsFinite(multiplier)) multiplier = 1f;
        for (int i = 0; i < scales.Length; i++)
        {
            Half relative = (Half)(scales[i] / multiplier);
            if (relative == (Half)0f && scales[i] > 0f) relative = Half.Epsilon;
            BinaryPrimitives.WriteHalfLittleEndian(packed.Slice(2 * i, 2), relative);
            scales[i] = (float)relative * multiplier;
        }
        return multiplier;
    }

    /// <summary>The nearest scale of a grid; 0 stays 0.</summary>
    /// <param name="scale">Finite, not negative.</param>
    /// <param name="grid">log₂ of the scales an octave, up to <see cref="Finest"/>.</param>
    public static float Snap(float scale, int grid)
    {
        if (!(scale > 0f) || !float.IsFinite(scale)) return scale;
        int most = MostOctaves << grid;
        return Of((int)Math.Clamp(Math.Round(ExactMath.Log2(scale) * (1 << grid)), -most, most) << (Finest - grid));
    }

    /// <summary>Codes scales that lie on a grid.</summary>
    /// <returns>Null if one does not, or f16 is shorter.</returns>
    public static byte[]? Code(ReadOnlySpan<float> scales)
    {
        int[] places = new int[scales.Length];
        int grid = 0, positive = 0;
        for (int i = 0; i < scales.Length; i++)
        {
            if (scales[i] == 0f) continue;
            if (!(scales[i] > 0f) || !float.IsFinite(scales[i])) return null;
            int place = (int)Math.Round(ExactMath.Log2(scales[i]) * (1 << Finest));
            if (Math.Abs(place) > MostOctaves << Finest || Of(place) != scales[i]) return null;
            if (place != 0) grid = Math.Max(grid, Finest - BitOperations.TrailingZeroCount(place));
            places[positive++] = place;
        }
        bool zeros = positive < scales.Length;
        for (int i = 0; i < positive; i++) places[i] >>= Finest - grid;
        int[] sorted = places[..positive];
        Array.Sort(sorted);
        int middle = positive == 0 ? 0 : sorted[positive / 2];
        byte[]? shortest = null;
        for (int order = 0; order <= Finest + 2; order++)
        {
            var bits = new BitWriter();
            bits.Bits((uint)grid, GridBits);
            bits.Bits(zeros ? 1u : 0u, 1);
            bits.Bits((uint)order, OrderBits);
            bits.SignedGolomb(middle, MiddleOrder);
            int next = 0;
            foreach (float scale in scales)
            {
                if (zeros) bits.Bits(scale == 0f ? 0u : 1u, 1);
                if (scale != 0f) bits.SignedGolomb(places[next++] - middle, order);
            }
            byte[] packed = bits.ToArray();
            if (shortest is null || packed.Length < shortest.Length) shortest = packed;
        }
        return shortest!.Length < BytesPerScale * scales.Length ? shortest : null;
    }

    /// <summary>Bytes of scales in the shorter form.</summary>
    public static int LengthOf(ReadOnlySpan<float> scales) => Code(scales)?.Length ?? BytesPerScale * scales.Length;

    /// <summary>Expands f16 scales at <paramref name="source"/> (any alignment) into the tensor's memory.</summary>
    public static float* Open(in TensorPayload payload, byte* source, long count, float multiplier)
    {
        float* scales = Allocate(payload, count);
        for (long i = 0; i < count; i++)
        {
            float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(new ReadOnlySpan<byte>(source + 2 * i, 2)) * multiplier;
            if (!float.IsFinite(scale)) throw payload.Invalid("has a scale that is not finite");
            scales[i] = scale;
        }
        return scales;
    }

    /// <summary>Expands coded scales at the beginning of <paramref name="length"/> bytes into the tensor's memory.</summary>
    /// <param name="used">The bytes that they took.</param>
    public static float* OpenCoded(in TensorPayload payload, byte* source, long length, long count, float multiplier, out long used)
    {
        // A row takes at least a bit.
        if (count > 8 * length) throw payload.Invalid("has too few bytes for the scales of its rows");
        float* scales = Allocate(payload, count);
        var bits = new BitReader(source, length);
        int grid = (int)bits.Bits(GridBits);
        bool zeros = bits.Bits(1) == 1;
        int order = (int)bits.Bits(OrderBits);
        long middle = bits.SignedGolomb(MiddleOrder);
        if (grid > Finest) throw payload.Invalid("has damaged scales of its rows");
        for (long i = 0; i < count; i++)
        {
            scales[i] = 0f;
            if (zeros && bits.Bits(1) == 0 && !bits.Overrun) continue;
            long place = middle + bits.SignedGolomb(order);
            if (bits.Overrun || Math.Abs(place) > (long)MostOctaves << grid) throw payload.Invalid("has damaged scales of its rows");
            scales[i] = Of((int)place << (Finest - grid)) * multiplier;
            if (!float.IsFinite(scales[i])) throw payload.Invalid("has a scale that is not finite");
        }
        if (bits.Overrun) throw payload.Invalid("has damaged scales of its rows");
        used = bits.BytesRead;
        return scales;
    }

    private static float* Allocate(in TensorPayload payload, long count) => payload.Memory.AllocateFloats((count + 15) / 16 * 16);    // read sixteen at a time

    /// <summary>2^(place / 32), the same bits on every machine.</summary>
    private static float Of(int place) => MathF.ScaleB(s_ofOctave[place & ((1 << Finest) - 1)], place >> Finest);

    private static float[] OfOctave()
    {
        float[] scales = new float[1 << Finest];
        for (int i = 0; i < scales.Length; i++) scales[i] = (float)ExactMath.Exp2(i / (double)scales.Length);
        return scales;
    }
}
