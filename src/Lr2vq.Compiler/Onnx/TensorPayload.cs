using System;
using System.Buffers.Binary;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>Where the bytes of a tensor are: little-endian, dense, in the order of the elements.</summary>
internal abstract class TensorPayload
{
    /// <summary>Reads <c>destination.Length</c> bytes from byte <paramref name="offset"/> of the payload. Thread-safe.</summary>
    public abstract void Read(long offset, Span<byte> destination);
}

/// <summary>Bytes in memory.</summary>
internal sealed class MemoryPayload(byte[] bytes) : TensorPayload
{
    public override void Read(long offset, Span<byte> destination) =>
        bytes.AsSpan(checked((int)offset), destination.Length).CopyTo(destination);
}

/// <summary>Bytes that are not there, which the problem list says; shape and type are known all the same.</summary>
internal sealed class MissingPayload : TensorPayload
{
    public override void Read(long offset, Span<byte> destination) => throw new DiagnosticException();
}

/// <summary>Bytes in a mapped file: raw_data, external data, or one packed field of floats or doubles.</summary>
internal sealed class FilePayload(MappedFile file, long start) : TensorPayload
{
    public override void Read(long offset, Span<byte> destination) => file.Read(start + offset, destination);
}

/// <summary>Numbers in a typed field of a TensorProto (float_data, int32_data, int64_data, double_data, uint64_data),
/// packed or one by one: the message is read again from where the last read ended.</summary>
internal sealed class TypedPayload(MappedFile file, long start, long end, int field, int elementBytes) : TensorPayload
{
    private readonly object _gate = new();
    private WireReader? _reader;
    private long _nextOffset;
    private long _packedOuter = -1;

    public override void Read(long offset, Span<byte> destination)
    {
        lock (_gate)
        {
            if (_reader is null || offset < _nextOffset)
            {
                _reader = new WireReader(file, start, end);
                _nextOffset = 0;
                _packedOuter = -1;
            }
            Span<byte> element = stackalloc byte[8];
            try
            {
                while (_nextOffset < offset) Next(_reader, element);
                while (destination.Length > 0)
                {
                    Next(_reader, element);
                    element[..elementBytes].CopyTo(destination);
                    destination = destination[elementBytes..];
                }
            }
            catch (WireException e)
            {
                _reader = null;
                throw new DiagnosticException(HeaderChecks.Damage(file.Path, e));
            }
        }
    }

    private void Next(WireReader reader, Span<byte> element)
    {
        bool packed = _packedOuter >= 0;
        while (packed && !reader.HasMore)
        {
            reader.Leave(_packedOuter);
            packed = false;
            _packedOuter = -1;
        }
        while (!packed)
        {
            // The parser counted the elements, so the message cannot end here.
            if (!reader.Next()) throw reader.Wrong("a tensor has fewer values than were counted");
            if (reader.Field != field) reader.Skip();
            else if (!reader.IsDelimited) break;
            else
            {
                _packedOuter = reader.Enter();
                packed = reader.HasMore;
                if (!packed) reader.Leave(_packedOuter);
            }
        }
        ulong bits = field switch
        {
            4 => (ulong)(uint)BitConverter.SingleToInt32Bits(reader.FixedFloat()),
            10 => reader.Fixed64(),
            _ => reader.Varint(),
        };
        BinaryPrimitives.WriteUInt64LittleEndian(element, bits);
        _nextOffset += elementBytes;
    }
}
