using System;
using System.Buffers.Binary;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Artifacts;

/// <summary>Packs text by naming earlier occurrences. Plans repeat themselves; in a small model their text would be felt.</summary>
/// <remarks>u32 length of the text, then <see cref="Repeats"/>.</remarks>
internal static class TextPacking
{
    private const int LengthBytes = 4;
    /// <summary>Longest text of a packed byte, and longest text of a small section: Plans shrink to a quarter, rarely to a tenth.</summary>
    private const int MaximumRatio = 32, SmallText = 1 << 20;

    public static byte[] Pack(ReadOnlySpan<byte> text)
    {
        byte[] repeats = Repeats.Pack(text), packed = new byte[LengthBytes + repeats.Length];
        BinaryPrimitives.WriteInt32LittleEndian(packed, text.Length);
        repeats.CopyTo(packed, LengthBytes);
        return packed;
    }

    /// <exception cref="InvalidArtifactException">The bytes were not made by <see cref="Pack"/>.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, string section)
    {
        SectionReader reader = new(packed, section);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(reader.Take("the length", LengthBytes));
        if (length > Math.Min(SmallText + (long)packed.Length * MaximumRatio, int.MaxValue / 2)) throw reader.Wrong("the length", 0, "is too large");
        byte[] text = new byte[length];
        return Repeats.Unpack(packed[LengthBytes..], text) is { } problem ? throw reader.Wrong("the text", LengthBytes, problem) : text;
    }
}
