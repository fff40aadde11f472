using System;
using System.Buffers.Binary;

namespace Lr2vq.Codecs;

/// <summary>Reads the parameter record of a tensor, field by field, each checked.</summary>
internal ref struct ParameterReader(in TensorPayload payload)
{
    private readonly TensorPayload _payload = payload;
    private int _position;

    /// <summary>A byte that has to be in [min, max].</summary>
    public int Byte(string field, int min = 0, int max = byte.MaxValue) => Check(field, Take(field, 1)[0], min, max);

    /// <summary>An unsigned 16-bit number that has to be in [min, max].</summary>
    public int UInt16(string field, int min = 0, int max = ushort.MaxValue) =>
        Check(field, BinaryPrimitives.ReadUInt16LittleEndian(Take(field, 2)), min, max);

    /// <summary>A 32-bit number that has to be in [min, max].</summary>
    public int Int32(string field, int min, int max) =>
        Check(field, BinaryPrimitives.ReadInt32LittleEndian(Take(field, 4)), min, max);

    /// <summary>A finite float.</summary>
    public float Single(string field)
    {
        float value = BinaryPrimitives.ReadSingleLittleEndian(Take(field, 4));
        return float.IsFinite(value) ? value : throw _payload.Invalid($"has a {field} that is not finite");
    }

    /// <summary><paramref name="count"/> bytes.</summary>
    public ReadOnlySpan<byte> Bytes(string field, int count) => Take(field, count);

    /// <summary>The record has to end here.</summary>
    public readonly void End()
    {
        if (_position != _payload.ParametersLength)
            throw _payload.Invalid($"has {_payload.ParametersLength} bytes of parameters, {_position} were expected");
    }

    private readonly int Check(string field, int value, int min, int max) =>
        value >= min && value <= max ? value : throw _payload.Invalid($"has a {field} of {value}, not in [{min}, {max}]");

    private ReadOnlySpan<byte> Take(string field, int count)
    {
        ReadOnlySpan<byte> all = _payload.Parameters;
        if (all.Length - _position < count) throw _payload.Invalid($"has {all.Length} bytes of parameters, too few for its {field}");
        ReadOnlySpan<byte> taken = all.Slice(_position, count);
        _position += count;
        return taken;
    }
}
