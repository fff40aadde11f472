using System;
using System.Buffers.Binary;
using System.IO;

namespace Lr2vq.Artifacts;

/// <summary>Packs text by naming earlier occurrences. Plans repeat themselves; in a small model their text would be felt.</summary>
/// <remarks>Own, so that the bytes do not depend on the version of a library. u32 length of the text, then blocks: a byte with the number of
/// literals (upper half) and the length of the match less 4 (lower half), 15 continued by bytes that are added, up to one below 255; the
/// literals; u16 distance back to the match. The last block ends after its literals.</remarks>
internal static class TextPacking
{
    private const int LeastMatch = 4, Window = 65535, HashBits = 14, MaximumChain = 256;
    /// <summary>No packed byte stands for more than 255 others (and the length takes four).</summary>
    private const int MaximumRatio = 255;

    public static byte[] Pack(ReadOnlySpan<byte> text)
    {
        MemoryStream packed = new();
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        packed.Write(length);
        int[] heads = new int[1 << HashBits], previous = new int[text.Length];
        Array.Fill(heads, -1);
        int position = 0, literals = 0;
        while (position + LeastMatch <= text.Length)
        {
            (int match, int matchLength) = Find(text, position, heads, previous);
            // One later may be longer: then this byte is a literal.
            if (matchLength >= LeastMatch && position + 1 + LeastMatch <= text.Length)
            {
                Insert(text, position, heads, previous);
                if (Find(text, position + 1, heads, previous).Length > matchLength + 1)
                {
                    position++;
                    continue;
                }
            }
            else Insert(text, position, heads, previous);
            if (matchLength < LeastMatch)
            {
                position++;
                continue;
            }
            PutBlock(packed, text[literals..position], matchLength, position - match);
            for (int i = position + 1; i < position + matchLength && i + LeastMatch <= text.Length; i++) Insert(text, i, heads, previous);
            position += matchLength;
            literals = position;
        }
        PutBlock(packed, text[literals..], LeastMatch, 0);
        return packed.ToArray();
    }

    /// <exception cref="InvalidArtifactException">The bytes were not made by <see cref="Pack"/>.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, string section)
    {
        SectionReader reader = new(packed, section);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(reader.Take("the length", 4));
        if (length > Math.Min((long)packed.Length * MaximumRatio, int.MaxValue / 2)) throw reader.Wrong("the length", 0, "is too large");
        byte[] text = new byte[length];
        int done = 0;
        while (true)
        {
            int start = reader.Position;
            byte token = reader.Take("a block", 1)[0];
            int literals = Count(ref reader, token >> 4);
            if (literals > text.Length - done) throw reader.Wrong("a block", start, "is longer than the text");
            reader.Take("literals", literals).CopyTo(text.AsSpan(done));
            done += literals;
            if (reader.AtEnd) break;
            int match = Count(ref reader, token & 15) + LeastMatch, distance = reader.UInt16("a distance");
            if (distance == 0 || distance > done || match > text.Length - done) throw reader.Wrong("a block", start, "leaves the text");
            // Byte by byte: a match may overlap itself.
            for (int end = done + match; done < end; done++) text[done] = text[done - distance];
        }
        return done == text.Length ? text : throw reader.Wrong("the text", reader.Position, "is too short");
    }

    private static (int Position, int Length) Find(ReadOnlySpan<byte> text, int position, int[] heads, int[] previous)
    {
        int best = -1, bestLength = 0;
        int candidate = heads[Hash(text, position)];
        for (int chain = 0; candidate >= 0 && position - candidate <= Window && chain < MaximumChain; chain++)
        {
            int length = text[position..].CommonPrefixLength(text[candidate..]);
            if (length > bestLength) (best, bestLength) = (candidate, length);
            candidate = previous[candidate];
        }
        return (best, bestLength);
    }

    private static void Insert(ReadOnlySpan<byte> text, int position, int[] heads, int[] previous)
    {
        int hash = Hash(text, position);
        previous[position] = heads[hash];
        heads[hash] = position;
    }

    private static int Hash(ReadOnlySpan<byte> text, int position) =>
        (int)(BinaryPrimitives.ReadUInt32LittleEndian(text[position..]) * 2654435761u >> (32 - HashBits));

    private static void PutBlock(MemoryStream packed, ReadOnlySpan<byte> literals, int match, int distance)
    {
        int more = match - LeastMatch;
        packed.WriteByte((byte)(Math.Min(literals.Length, 15) << 4 | Math.Min(more, 15)));
        PutCount(packed, literals.Length);
        packed.Write(literals);
        if (distance == 0) return;
        PutCount(packed, more);
        packed.WriteByte((byte)distance);
        packed.WriteByte((byte)(distance >> 8));
    }

    private static void PutCount(MemoryStream packed, int count)
    {
        if (count < 15) return;
        for (count -= 15; count >= 255; count -= 255) packed.WriteByte(255);
        packed.WriteByte((byte)count);
    }

    private static int Count(ref SectionReader reader, int count)
    {
        if (count < 15) return count;
        byte more;
        do
        {
            more = reader.Take("a length", 1)[0];
            if (count > int.MaxValue / 2) throw reader.Wrong("a length", reader.Position, "is too large");
            count += more;
        }
        while (more == 255);
        return count;
    }
}
