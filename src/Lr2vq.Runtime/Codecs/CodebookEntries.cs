using System;
using System.Buffers.Binary;

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
    public static void Read(ReadOnlySpan<byte> source, int k, int d, EntryEncoding encoding, Span<float> entries)
    {
        for (int i = 0; i < k * d; i++)
        {
            entries[i] = encoding switch
            {
                EntryEncoding.Fp32 => BinaryPrimitives.ReadSingleLittleEndian(source[(4 * i)..]),
                EntryEncoding.Fp16 => (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]),
                _ => (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * (i % d))..]) * (sbyte)source[2 * d + i],
            };
        }
    }
}
