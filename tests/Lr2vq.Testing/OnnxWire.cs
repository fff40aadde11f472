using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;

namespace Lr2vq.Testing;

/// <summary>Writes protobuf fields. Independent of the product's own writer, so that both are not wrong together.</summary>
internal sealed class OnnxWire
{
    private readonly MemoryStream _stream = new();

    public byte[] ToArray() => _stream.ToArray();

    public OnnxWire Varint(int field, long value)
    {
        Key(field, 0);
        Number((ulong)value);
        return this;
    }

    public OnnxWire Float(int field, float value)
    {
        Key(field, 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _stream.Write(bytes);
        return this;
    }

    public OnnxWire Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public OnnxWire Bytes(int field, ReadOnlySpan<byte> value)
    {
        Key(field, 2);
        Number((ulong)value.Length);
        _stream.Write(value);
        return this;
    }

    public OnnxWire Message(int field, OnnxWire message) => Bytes(field, message._stream.GetBuffer().AsSpan(0, (int)message._stream.Length));

    public OnnxWire Packed(int field, ReadOnlySpan<long> values)
    {
        OnnxWire inner = new();
        foreach (long value in values) inner.Number((ulong)value);
        return Message(field, inner);
    }

    private void Key(int field, int kind) => Number((ulong)((field << 3) | kind));

    private void Number(ulong value)
    {
        while (value >= 0x80)
        {
            _stream.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }
        _stream.WriteByte((byte)value);
    }
}
