using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Lr2vq.Testing;

/// <summary>A protobuf message taken apart into its fields, one level deep: tests read and rewrite models with it, independently of the product's
/// reader.</summary>
internal sealed class WireMessage
{
    private readonly List<Field> _fields = [];

    /// <summary>One field: a number (kind 0) or bytes (kinds 1, 2 and 5).</summary>
    public readonly record struct Field(int Number, int Kind, ulong Value, ReadOnlyMemory<byte> Bytes)
    {
        public WireMessage Message => Parse(Bytes);

        public string Text => Encoding.UTF8.GetString(Bytes.Span);
    }

    public IReadOnlyList<Field> Fields => _fields;

    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public static WireMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        WireMessage message = new();
        ReadOnlySpan<byte> span = bytes.Span;
        for (int at = 0; at < span.Length;)
        {
            ulong key = ReadVarint(span, ref at);
            int number = checked((int)(key >> 3)), kind = (int)(key & 7);
            if (kind == 0)
            {
                message._fields.Add(new Field(number, kind, ReadVarint(span, ref at), default));
                continue;
            }
            int length = kind switch
            {
                1 => 8,
                2 => checked((int)ReadVarint(span, ref at)),
                5 => 4,
                _ => throw new InvalidDataException($"wire type {kind} at byte {at}"),
            };
            if (length > span.Length - at) throw new InvalidDataException($"field {number} is cut off at byte {at}");
            message._fields.Add(new Field(number, kind, 0, bytes.Slice(at, length)));
            at += length;
        }
        return message;
    }

    /// <summary>Fields of one number, in the order of the file.</summary>
    public IEnumerable<Field> All(int number) => _fields.Where(field => field.Number == number);

    /// <summary>The last field of a number, as protobuf wants it for singular ones; null if there is none.</summary>
    public Field? Last(int number) => _fields.Any(field => field.Number == number) ? All(number).Last() : null;

    public string Text(int number) => Last(number)?.Text ?? "";

    public long Number(int number) => (long)(Last(number)?.Value ?? 0);

    /// <summary>The numbers of a repeated integer field, packed or not.</summary>
    public IEnumerable<long> Numbers(int number)
    {
        foreach (Field field in All(number))
            if (field.Kind == 0) yield return (long)field.Value;
            else
                for (int at = 0; at < field.Bytes.Length;) yield return (long)ReadVarint(field.Bytes.Span, ref at);
    }

    /// <summary>The bytes of a repeated field of fixed width, packed or not, one after the other.</summary>
    public byte[] Joined(int number) => [.. All(number).SelectMany(field => field.Bytes.ToArray())];

    /// <summary>A copy with the messages of one number replaced; a null removes the message.</summary>
    public WireMessage Replace(int number, Func<WireMessage, WireMessage?> change)
    {
        WireMessage copy = new();
        foreach (Field field in _fields)
            if (field.Number != number) copy._fields.Add(field);
            else if (change(field.Message) is { } changed) copy._fields.Add(field with { Bytes = changed.ToArray() });
        return copy;
    }

    public WireMessage Without(int number)
    {
        WireMessage copy = new();
        copy._fields.AddRange(_fields.Where(field => field.Number != number));
        return copy;
    }

    public WireMessage With(int number, ReadOnlyMemory<byte> bytes)
    {
        WireMessage copy = new();
        copy._fields.AddRange(_fields);
        copy._fields.Add(new Field(number, 2, 0, bytes));
        return copy;
    }

    public byte[] ToArray()
    {
        MemoryStream stream = new();
        foreach (Field field in _fields)
        {
            WriteVarint(stream, (ulong)(field.Number << 3 | field.Kind));
            if (field.Kind == 0) WriteVarint(stream, field.Value);
            if (field.Kind == 2) WriteVarint(stream, (ulong)field.Bytes.Length);
            stream.Write(field.Bytes.Span);
        }
        return stream.ToArray();
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70 && at < bytes.Length; shift += 7)
        {
            byte part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw new InvalidDataException($"no number ends at byte {at}");
    }

    private static void WriteVarint(MemoryStream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}
