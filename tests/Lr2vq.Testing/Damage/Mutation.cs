using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>Damage with a seed: the same number gives the same bytes everywhere.</summary>
internal static class Mutation
{
    /// <param name="whole">The undamaged file.</param>
    /// <param name="structure">Places where structure lies (keys, lengths, table entries); half of the damage is done there.</param>
    public static byte[] Apply(byte[] whole, IReadOnlyList<int> structure, int seed)
    {
        var random = new Random(seed);
        byte[] bytes = [.. whole];
        switch (random.Next(6))
        {
            case 0:
                for (int i = random.Next(1, 9); i > 0; i--) Flip(bytes, random.Next(bytes.Length), random);
                return bytes;
            case 1:
                for (int i = random.Next(1, 5); i > 0; i--) Flip(bytes, Near(), random);
                return bytes;
            case 2:
                return bytes[..random.Next(bytes.Length)];
            case 3:
                // A length, or another number, becomes any varint of up to ten bytes.
                int at = Near();
                byte[] number = new byte[random.Next(1, 11)];
                random.NextBytes(number);
                for (int i = 0; i < number.Length; i++) number[i] = (byte)(i < number.Length - 1 ? number[i] | 0x80 : number[i] & 0x7F);
                return random.Next(2) == 0 ? [.. bytes[..at], .. number, .. bytes[at..]] : [.. bytes[..at], .. number, .. bytes[Math.Min(at + 1, bytes.Length)..]];
            case 4:
                int from = Near(), length = Math.Min(random.Next(1, 64), bytes.Length - from);
                return [.. bytes[..from], .. bytes[(from + length)..]];
            default:
                // A piece of the file once more, somewhere else.
                int start = Near(), count = Math.Min(random.Next(1, 400), bytes.Length - start), to = Near();
                return [.. bytes[..to], .. bytes.AsSpan(start, count), .. bytes[to..]];
        }

        int Near() => Math.Clamp(structure[random.Next(structure.Count)] + random.Next(4), 0, bytes.Length - 1);
    }

    private static void Flip(byte[] bytes, int at, Random random) => bytes[at] ^= (byte)(1 << random.Next(8));

    /// <summary>Every place where a key of a protobuf message begins, down to the single tensors; payloads count once.</summary>
    public static int[] OnnxStructure(byte[] model)
    {
        var places = new List<int>();
        Walk(model, 0, model.Length, 0, places);
        return [.. places];
    }

    /// <summary>The header, the section table, and the begin of each section.</summary>
    public static int[] ArtifactStructure(byte[] artifact)
    {
        int sections = BitConverter.ToInt32(artifact, 12);
        var places = new List<int>(Enumerable.Range(0, 64 + 40 * sections));
        for (int i = 0; i < sections; i++)
        {
            int offset = (int)BitConverter.ToInt64(artifact, 64 + 40 * i + 8), length = (int)BitConverter.ToInt64(artifact, 64 + 40 * i + 16);
            for (int at = 0; at < Math.Min(length, 2000); at += 7) places.Add(offset + at);
        }
        return [.. places];
    }

    // Bytes that parse as a message to their end are taken for one; text rarely does, and it does no harm if it does.
    private static bool Walk(byte[] bytes, int start, int end, int depth, List<int> places)
    {
        int before = places.Count;
        for (int at = start; at < end;)
        {
            places.Add(at);
            if (!TryVarint(bytes, ref at, end, out ulong key) || key >> 3 is 0 or > 40) return Undo();
            switch (key & 7)
            {
                case 0:
                    if (!TryVarint(bytes, ref at, end, out _)) return Undo();
                    break;
                case 1: at += 8; break;
                case 5: at += 4; break;
                case 2:
                    if (!TryVarint(bytes, ref at, end, out ulong length) || length > (ulong)(end - at)) return Undo();
                    if (depth < 8 && length is > 1 and < 20_000_000) Walk(bytes, at, at + (int)length, depth + 1, places);
                    at += (int)length;
                    break;
                default: return Undo();
            }
            if (at > end) return Undo();
        }
        return true;

        bool Undo()
        {
            places.RemoveRange(before, places.Count - before);
            return false;
        }
    }

    private static bool TryVarint(byte[] bytes, ref int at, int end, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && at < end; shift += 7)
        {
            byte part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return true;
        }
        return false;
    }
}
