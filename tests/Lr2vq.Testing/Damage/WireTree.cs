using System;
using System.Collections.Generic;
using System.Text;

namespace Lr2vq.Testing;

/// <summary>A protobuf message taken apart without its schema, so that damage can be done inside it and all lengths still fit:
/// it reaches the stages behind the wire reader.</summary>
internal sealed class WireTree
{
    private readonly List<Field> _fields;

    private WireTree(List<Field> fields) => _fields = fields;

    /// <summary>A copy of a model with one to three fields changed, removed, repeated or moved.</summary>
    public static byte[] Mutate(byte[] message, int seed)
    {
        var random = new Random(seed);
        WireTree root = Parse(message, 0, message.Length, 0) ?? throw new ArgumentException("no message");
        for (int i = random.Next(1, 4); i > 0; i--) root.Damage(random);
        return root.ToArray();
    }

    private static WireTree? Parse(byte[] bytes, int start, int end, int depth)
    {
        var fields = new List<Field>();
        for (int at = start; at < end;)
        {
            if (!TryVarint(bytes, ref at, end, out ulong key) || key >> 3 is 0 or > 40) return null;
            var field = new Field { Number = (int)(key >> 3), Type = (int)(key & 7) };
            switch (field.Type)
            {
                case 0:
                    if (!TryVarint(bytes, ref at, end, out field.Value)) return null;
                    break;
                case 1 or 5:
                    int fixedLength = field.Type == 1 ? 8 : 4;
                    if (end - at < fixedLength) return null;
                    field.Bytes = bytes[at..(at + fixedLength)];
                    at += fixedLength;
                    break;
                case 2:
                    if (!TryVarint(bytes, ref at, end, out ulong length) || length > (ulong)(end - at)) return null;
                    int stop = at + (int)length;
                    // Deep enough for the tensors of attributes; names and payloads are leaves.
                    if (depth < 8 && length > 1) field.Inner = Parse(bytes, at, stop, depth + 1);
                    if (field.Inner is null) field.Bytes = bytes[at..stop];
                    at = stop;
                    break;
                default: return null;
            }
            fields.Add(field);
        }
        return new WireTree(fields);
    }

    private void Damage(Random random)
    {
        WireTree at = this;
        // Walk down; the deeper, the more of the compiler sees it.
        while (at._fields.Count > 0 && at._fields[random.Next(at._fields.Count)].Inner is { _fields.Count: > 0 } inner && random.Next(8) > 0) at = inner;
        if (at._fields.Count == 0) return;
        int index = random.Next(at._fields.Count);
        Field field = at._fields[index];
        switch (random.Next(5))
        {
            case 0: at._fields.RemoveAt(index); break;
            case 1: at._fields.Insert(random.Next(at._fields.Count + 1), field); break;
            case 2:
                at._fields.RemoveAt(index);
                at._fields.Insert(random.Next(at._fields.Count + 1), field);
                break;
            default: at._fields[index] = Changed(field, at, random); break;
        }
    }

    private static Field Changed(Field field, WireTree siblings, Random random)
    {
        Field changed = field.Copy();
        if (field.Type == 0)
        {
            ulong[] numbers = [0, 1, 2, 3, 7, 16, 1000, int.MaxValue, 1UL << 31, 1UL << 33, long.MaxValue, ulong.MaxValue, ulong.MaxValue - 1, field.Value + 1, field.Value - 1, field.Value * 2];
            changed.Value = numbers[random.Next(numbers.Length)];
        }
        else if (field.Bytes is { } bytes)
        {
            byte[] other = siblings._fields[random.Next(siblings._fields.Count)].Bytes ?? Encoding.UTF8.GetBytes("nothing");
            changed.Bytes = random.Next(4) switch
            {
                0 when field.Type == 2 => other,
                1 when field.Type == 2 => [],
                2 when field.Type == 2 => [.. bytes, 1],
                _ => Noise(bytes, random),
            };
        }
        return changed;
    }

    private static byte[] Noise(byte[] bytes, Random random)
    {
        byte[] noise = [.. bytes];
        if (noise.Length > 0) noise[random.Next(noise.Length)] ^= (byte)(1 << random.Next(8));
        return noise;
    }

    private byte[] ToArray()
    {
        var bytes = new List<byte>();
        foreach (Field field in _fields)
        {
            Varint(bytes, (ulong)(field.Number << 3 | field.Type));
            if (field.Type == 0)
            {
                Varint(bytes, field.Value);
                continue;
            }
            byte[] content = field.Inner?.ToArray() ?? field.Bytes!;
            if (field.Type == 2) Varint(bytes, (ulong)content.Length);
            bytes.AddRange(content);
        }
        return [.. bytes];
    }

    private static void Varint(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }

    private static bool TryVarint(byte[] bytes, ref int at, int end, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 70 && at < end; shift += 7)
        {
            byte part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return true;
        }
        return false;
    }

    private sealed class Field
    {
        public int Number;
        public int Type;
        public ulong Value;
        public byte[]? Bytes;
        public WireTree? Inner;

        public Field Copy() => (Field)MemberwiseClone();
    }
}
