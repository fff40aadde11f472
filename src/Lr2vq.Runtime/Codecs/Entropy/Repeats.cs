using System;
using System.Buffers.Binary;
using System.IO;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Bytes that name earlier occurrences of what they hold.</summary>
/// <remarks>Own, so that the bytes do not depend on the version of a library. Blocks: a byte with the number of literals (upper half) and the
/// length of the match less 4 (lower half), 15 continued by bytes that are added, up to one below 255; the literals; u16 distance back to the
/// match. The last block ends after its literals.</remarks>
internal static class Repeats
{
    private const int LeastMatch = 4, Window = 65535, HashBits = 14, MaximumChain = 256;
    /// <summary>No packed byte stands for more than so many others.</summary>
    public const int MaximumRatio = 255;

    /// <summary>Most bytes that <see cref="Pack"/> makes of so many.</summary>
    public static long MostBytes(long count) => count + count / 255 + 16;

    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        MemoryStream packed = new();
        int[] heads = new int[1 << HashBits], previous = new int[bytes.Length];
        Array.Fill(heads, -1);
        int position = 0, literals = 0;
        while (position + LeastMatch <= bytes.Length)
        {
            (int match, int matchLength) = Find(bytes, position, heads, previous);
            // One later may be longer: then this byte is a literal.
            if (matchLength >= LeastMatch && position + 1 + LeastMatch <= bytes.Length)
            {
                Insert(bytes, position, heads, previous);
                if (Find(bytes, position + 1, heads, previous).Length > matchLength + 1)
                {
                    position++;
                    continue;
                }
            }
            else Insert(bytes, position, heads, previous);
            if (matchLength < LeastMatch)
            {
                position++;
                continue;
            }
            PutBlock(packed, bytes[literals..position], matchLength, position - match);
            for (int i = position + 1; i < position + matchLength && i + LeastMatch <= bytes.Length; i++) Insert(bytes, i, heads, previous);
            position += matchLength;
            literals = position;
        }
        PutBlock(packed, bytes[literals..], LeastMatch, 0);
        return packed.ToArray();
    }

    /// <summary>Fills <paramref name="bytes"/>.</summary>
    /// <returns>What is wrong, as the end of a sentence; null if nothing is.</returns>
    public static string? Unpack(ReadOnlySpan<byte> packed, Span<byte> bytes)
    {
        int done = 0, at = 0;
        while (true)
        {
            if (at >= packed.Length) return "ends inside its blocks";
            byte token = packed[at++];
            if (!TryCount(packed, ref at, token >> 4, out int literals) || literals > packed.Length - at) return "ends inside a block";
            if (literals > bytes.Length - done) return "has a block that is longer than what is left";
            packed.Slice(at, literals).CopyTo(bytes[done..]);
            at += literals;
            done += literals;
            if (at == packed.Length) break;
            if (!TryCount(packed, ref at, token & 15, out int match) || packed.Length - at < 2) return "ends inside a block";
            int distance = BinaryPrimitives.ReadUInt16LittleEndian(packed[at..]);
            at += 2;
            if (distance == 0 || distance > done || match > bytes.Length - done - LeastMatch) return "has a block that leaves the rest";
            match += LeastMatch;
            if (distance == 1) bytes.Slice(done, match).Fill(bytes[done - 1]);
            else if (distance >= match) bytes.Slice(done - distance, match).CopyTo(bytes[done..]);
            // Byte by byte: a match may overlap itself.
            else for (int i = 0; i < match; i++) bytes[done + i] = bytes[done + i - distance];
            done += match;
        }
        return done == bytes.Length ? null : "is too short";
    }

    private static (int Position, int Length) Find(ReadOnlySpan<byte> bytes, int position, int[] heads, int[] previous)
    {
        int best = -1, bestLength = 0;
        int candidate = heads[Hash(bytes, position)];
        for (int chain = 0; candidate >= 0 && position - candidate <= Window && chain < MaximumChain; chain++)
        {
            int length = bytes[position..].CommonPrefixLength(bytes[candidate..]);
            if (length > bestLength) (best, bestLength) = (candidate, length);
            candidate = previous[candidate];
        }
        return (best, bestLength);
    }

    private static void Insert(ReadOnlySpan<byte> bytes, int position, int[] heads, int[] previous)
    {
        int hash = Hash(bytes, position);
        previous[position] = heads[hash];
        heads[hash] = position;
    }

    private static int Hash(ReadOnlySpan<byte> bytes, int position) =>
        (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes[position..]) * 2654435761u >> (32 - HashBits));

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

    private static bool TryCount(ReadOnlySpan<byte> packed, ref int at, int start, out int count)
    {
        count = start;
        if (start < 15) return true;
        byte more;
        do
        {
            if (at >= packed.Length || count > int.MaxValue / 2) return false;
            more = packed[at++];
            count += more;
        }
        while (more == 255);
        return true;
    }
}
