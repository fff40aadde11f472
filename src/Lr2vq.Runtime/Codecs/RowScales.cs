using System;
using System.Buffers.Binary;

namespace Lr2vq.Codecs;

/// <summary>Positive scales stored as f16 relative to one f32 for the tensor, so that neither small nor large weights leave the range of f16.</summary>
/// <remarks>scale[i] = multiplier · f16[i]; the multiplier is the largest scale, so the f16 numbers are at most 1.</remarks>
internal static unsafe class RowScales
{
    public const int BytesPerScale = 2;

    /// <summary>Rounds <paramref name="scales"/> to what a file can hold, in place, and gives the multiplier.</summary>
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

    /// <summary>Expands f16 scales at <paramref name="source"/> (any alignment) into the tensor's memory.</summary>
    public static float* Open(in TensorPayload payload, byte* source, long count, float multiplier)
    {
        float* scales = payload.Memory.AllocateFloats((count + 15) / 16 * 16);    // read sixteen at a time
        for (long i = 0; i < count; i++)
        {
            float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(new ReadOnlySpan<byte>(source + 2 * i, 2)) * multiplier;
            if (!float.IsFinite(scale)) throw payload.Invalid("has a scale that is not finite");
            scales[i] = scale;
        }
        return scales;
    }
}
