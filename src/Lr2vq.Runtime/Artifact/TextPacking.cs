using System;
using System.Buffers.Binary;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Artifacts;

/// <summary>Packs text by naming earlier occurrences. Plans repeat themselves; in a small model their text would be felt.</summary>
/// <remarks>Packed: u32 length of the text, then <see cref="Repeats"/>. Coded: u32 length of the text, u32 length of the repeats, then these in
/// <see cref="ByteCoding"/>.</remarks>
internal static unsafe class TextPacking
{
    private const int LengthBytes = 4;
    /// <summary>Longest text of a packed byte, and longest text of a small section: Plans shrink to a quarter, rarely to a tenth.</summary>
    private const int MaximumRatio = 32, SmallText = 1 << 20;

    /// <summary>The shorter form, and its encoding.</summary>
    public static (byte[] Bytes, uint Encoding) Pack(ReadOnlySpan<byte> text)
    {
        byte[] repeats = Repeats.Pack(text), coded = text.Length <= SmallText ? ByteCoding.Pack(repeats) : repeats;
        bool isCoded = LengthBytes + coded.Length < repeats.Length;
        byte[] packed = new byte[isCoded ? 2 * LengthBytes + coded.Length : LengthBytes + repeats.Length];
        BinaryPrimitives.WriteInt32LittleEndian(packed, text.Length);
        if (isCoded) BinaryPrimitives.WriteInt32LittleEndian(packed.AsSpan(LengthBytes), repeats.Length);
        (isCoded ? coded : repeats).CopyTo(packed, isCoded ? 2 * LengthBytes : LengthBytes);
        return (packed, isCoded ? ArtifactFormat.CodedEncoding : ArtifactFormat.PackedEncoding);
    }

    /// <exception cref="InvalidArtifactException">The bytes were not made by <see cref="Pack"/>.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, uint encoding, string section)
    {
        SectionReader reader = new(packed, section);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(reader.Take("the length", LengthBytes));
        if (!Allows(length, packed.Length)) throw reader.Wrong("the length", 0, "is too large");
        byte[] text = new byte[length];
        ReadOnlySpan<byte> repeats = encoding == ArtifactFormat.CodedEncoding ? Decode(ref reader, packed, length) : packed[LengthBytes..];
        return Repeats.Unpack(repeats, text) is { } problem ? throw reader.Wrong("the text", LengthBytes, problem) : text;
    }

    /// <summary>Whether a reader unpacks so many bytes to so long a text.</summary>
    public static bool Allows(long length, int packed) => length <= Math.Min(SmallText + (long)packed * MaximumRatio, int.MaxValue / 2);

    private static byte[] Decode(ref SectionReader reader, ReadOnlySpan<byte> packed, long textLength)
    {
        long length = BinaryPrimitives.ReadUInt32LittleEndian(reader.Take("the length of repeats", LengthBytes));
        if (length > Repeats.MostBytes(textLength)) throw reader.Wrong("the length of repeats", LengthBytes, "is too large");
        byte[] repeats = new byte[length];
        fixed (byte* from = packed)
        fixed (byte* to = repeats)
            if (!ByteCoding.TryUnpack(from + 2 * LengthBytes, packed.Length - 2 * LengthBytes, to, length)) throw reader.Wrong("the text", 2 * LengthBytes, "is damaged");
        return repeats;
    }
}
