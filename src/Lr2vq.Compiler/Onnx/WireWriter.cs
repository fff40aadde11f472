using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;

namespace Lr2vq.Onnx;

/// <summary>Composes a protobuf message. Lengths come before contents, so small fields are kept as bytes and payloads of tensors by
/// reference; they are read only while the message is written out.</summary>
internal sealed class WireWriter
{
    private const int Block = 1 << 16;

    private readonly List<(byte[]? Bytes, OnnxTensor? Payload)> _parts = [];
    private MemoryStream _tail = new();
    private long _length;

    /// <summary>Bytes of the message.</summary>
    public long Length => _length + _tail.Length;

    public void Varint(int field, long value)
    {
        Key(field, 0);
        Number((ulong)value);
    }

    public void Float(int field, float value)
    {
        Key(field, 5);
        _tail.Write(BitConverter.GetBytes(value));
    }

    public void Text(int field, string value)
    {
        if (value.Length > 0) Bytes(field, Encoding.UTF8.GetBytes(value));
    }

    public void Bytes(int field, byte[] value)
    {
        Key(field, 2);
        Number((ulong)value.Length);
        _tail.Write(value);
    }

    public void PackedInts(int field, long[] values)
    {
        var inner = new WireWriter();
        foreach (long value in values) inner.Number((ulong)value);
        Message(field, inner);
    }

    public void PackedFloats(int field, float[] values)
    {
        var inner = new WireWriter();
        foreach (float value in values) inner._tail.Write(BitConverter.GetBytes(value));
        Message(field, inner);
    }

    public void Message(int field, WireWriter message)
    {
        Key(field, 2);
        Number((ulong)message.Length);
        if (message._parts.Count > 0)
        {
            CloseTail();
            _parts.AddRange(message._parts);
            _length += message._length;
        }
        message._tail.WriteTo(_tail);
    }

    /// <summary>A field, or several, as another message has them.</summary>
    public void Raw(ReadOnlySpan<byte> fields) => _tail.Write(fields);

    /// <summary>A bytes field that is the stored payload of a tensor.</summary>
    public void Payload(int field, OnnxTensor tensor)
    {
        Key(field, 2);
        Number((ulong)tensor.StoredBytes);
        CloseTail();
        _parts.Add((null, tensor));
        _length += tensor.StoredBytes;
    }

    public void WriteTo(Stream stream, CancellationToken cancellation = default)
    {
        foreach ((byte[]? bytes, OnnxTensor? payload) in _parts)
        {
            if (bytes is not null) stream.Write(bytes);
            else WritePayload(payload!, stream, cancellation);
        }
        _tail.WriteTo(stream);
    }

    /// <summary>Writes the stored bytes of a tensor, block by block.</summary>
    public static void WritePayload(OnnxTensor tensor, Stream stream, CancellationToken cancellation = default)
    {
        var block = new byte[(int)Math.Min(Block, tensor.StoredBytes)];
        for (long offset = 0; offset < tensor.StoredBytes; offset += block.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<byte> part = block.AsSpan(0, (int)Math.Min(block.Length, tensor.StoredBytes - offset));
            tensor.ReadStored(part, offset);
            stream.Write(part);
        }
    }

    private void CloseTail()
    {
        if (_tail.Length == 0) return;
        _parts.Add((_tail.ToArray(), null));
        _length += _tail.Length;
        _tail = new MemoryStream();
    }

    private void Key(int field, int type) => Number((ulong)(field << 3 | type));

    private void Number(ulong value)
    {
        while (value >= 0x80)
        {
            _tail.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }
        _tail.WriteByte((byte)value);
    }
}
