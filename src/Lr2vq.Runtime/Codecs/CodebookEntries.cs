using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Number format of codebook entries. The numbers are written to files.</summary>
internal enum EntryEncoding
{
    /// <summary>One byte, and an f16 scale for each dimension.</summary>
    Int8 = 0,
    Fp16 = 1,
    Fp32 = 2,
}

/// <summary>Entries of a codebook and rows of a basis, as bytes.</summary>
/// <remarks>int8: f16[d] scales, then i8[k · d]: entry = scale[dimension] · value. fp16, fp32: [k · d]. A basis follows as f16[d · m].</remarks>
internal static class CodebookEntries
{
    public static long ByteLength(EntryEncoding encoding, int k, int d) => encoding switch
    {
        EntryEncoding.Int8 => 2L * d + (long)k * d,
        EntryEncoding.Fp16 => 2L * k * d,
        _ => 4L * k * d,
    };

    public static long BasisByteLength(int d, int m) => d == m ? 0 : 2L * d * m;

    /// <summary>Writes entries [k, d]; <paramref name="entries"/> becomes what a reader will see.</summary>
    public static void Write(Span<float> entries, int d, EntryEncoding encoding, Span<byte> destination)
    {
        int k = entries.Length / d;
        switch (encoding)
        {
            case EntryEncoding.Fp32:
                for (int i = 0; i < entries.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(destination[(4 * i)..], entries[i]);
                break;
            case EntryEncoding.Fp16:
                for (int i = 0; i < entries.Length; i++)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(destination[(2 * i)..], (Half)entries[i]);
                    entries[i] = (float)(Half)entries[i];
                }
                break;
            default:
                for (int c = 0; c < d; c++)
                {
                    float largest = 0f;
                    for (int j = 0; j < k; j++) largest = Math.Max(largest, Math.Abs(entries[j * d + c]));
                    Half half = (Half)(largest / 127f);
                    if (half == (Half)0f && largest > 0f) half = Half.Epsilon;
                    float scale = (float)half;
                    BinaryPrimitives.WriteHalfLittleEndian(destination[(2 * c)..], half);
                    for (int j = 0; j < k; j++)
                    {
                        float level = scale == 0f ? 0f : Math.Clamp(MathF.Round(entries[j * d + c] / scale), -127f, 127f);
                        destination[2 * d + j * d + c] = (byte)(sbyte)level;
                        entries[j * d + c] = scale * level;
                    }
                }
                break;
        }
    }

    /// <summary>Reads entry values [k, d].</summary>
    public static unsafe void Read(ReadOnlySpan<byte> source, int k, int d, EntryEncoding encoding, Span<float> entries)
    {
        entries = entries[..(k * d)];
        fixed (byte* from = source[..(int)ByteLength(encoding, k, d)])
        fixed (float* to = entries)
            switch (encoding)
            {
                case EntryEncoding.Fp32: Buffer.MemoryCopy(from, to, 4L * entries.Length, 4L * entries.Length); break;
                case EntryEncoding.Fp16: HalfFloats.WidenFew(from, to, entries.Length); break;
                default: Scale(from, k, d, to); break;
            }
    }

    [MethodImpl(Compile.Loop)]
    private static unsafe void Scale(byte* source, int k, int d, float* entries)
    {
        sbyte* values = (sbyte*)source + 2 * d;
        for (int c = 0; c < d; c++)
        {
            float scale = (float)BitConverter.UInt16BitsToHalf(Unsafe.ReadUnaligned<ushort>(source + 2 * c));
            for (int i = c; i < k * d; i += d) entries[i] = scale * values[i];
        }
    }
}
