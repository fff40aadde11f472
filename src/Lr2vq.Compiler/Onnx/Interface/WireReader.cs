using System;
using System.Collections.Generic;
using System.Text;

namespace Lr2vq.Onnx;

/// <summary>Reads the protobuf wire format. Every length comes from the file, so every length is checked before it is used.</summary>
/// <remarks>Use: <c>while (wire.Next()) switch (wire.Field) { case 1: x = wire.Int64(); break; default: wire.Skip(); break; }</c>;
/// a message inside: <c>long outer = wire.Enter(); while (wire.Next()) …; wire.Leave(outer);</c>. A payload that is skipped is never touched.</remarks>
internal sealed class WireReader
{
    /// <summary>ONNX needs about six levels for each nested subgraph.</summary>
    public const int MaxDepth = 200;

    /// <summary>Longest name or other text that is kept.</summary>
    public const int MaxText = 1 << 20;

    /// <summary>No model has more messages or numbers in one attribute; a hostile file could fill the memory with them.</summary>
    public const int MaxMessages = 2_000_000, MaxNumbers = 1 << 24;

    private readonly ByteSource _source;
    private readonly byte[] _window = new byte[4096];
    private long _windowStart;
    private int _windowLength;
    private long _end;
    private int _depth;
    private int _messages;
    private int _type;

    public WireReader(ByteSource source, long start, long end) => (_source, Position, _end) = (source, start, end);

    /// <summary>Number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Offset in the file.</summary>
    public long Position { get; private set; }

    /// <summary>True if the field is length-delimited: text, bytes, a message, or packed numbers.</summary>
    public bool IsDelimited => _type == 2;

    /// <summary>True while the current message, or the packed field that was entered, has more bytes.</summary>
    public bool HasMore => Position < _end;

    /// <summary>Goes to the next field of the message; false at its end.</summary>
    public bool Next()
    {
        if (Position >= _end) return false;
        ulong tag = Varint();
        ulong field = tag >> 3;
        if (field == 0 || field > 0x1FFFFFFF) throw Wrong("a field has the number " + field);
        Field = (int)field;
        _type = (int)(tag & 7);
        if (_type is not (0 or 1 or 2 or 5)) throw Wrong("field " + field + " has the unknown wire type " + _type);
        return true;
    }

    public void Skip()
    {
        switch (_type)
        {
            case 0: Varint(); break;
            case 1: Advance(8); break;
            case 2: Advance(Length()); break;
            default: Advance(4); break;
        }
    }

    public long Int64()
    {
        Expect(0);
        return (long)Varint();
    }

    public float Float()
    {
        Expect(5);
        return FixedFloat();
    }

    /// <summary>Passes one number of a repeated field that is not packed.</summary>
    /// <param name="fixedBytes">4 or 8, or 0 for a varint.</param>
    public void Single(int fixedBytes)
    {
        Expect(fixedBytes switch { 4 => 5, 8 => 1, _ => 0 });
        Skip();
    }

    /// <summary>Adds the number, or the packed numbers, of a repeated integer field.</summary>
    public void Int64s(List<long> values)
    {
        if (_type != 2)
        {
            values.Add(Int64());
            return;
        }
        long outer = Enter();
        while (HasMore)
        {
            if (values.Count >= MaxNumbers) throw Wrong("more than " + MaxNumbers + " numbers in one list");
            values.Add((long)Varint());
        }
        Leave(outer);
    }

    /// <summary>Adds the number, or the packed numbers, of a repeated float field.</summary>
    public void Floats(List<float> values)
    {
        if (_type != 2)
        {
            values.Add(Float());
            return;
        }
        long outer = Enter();
        while (HasMore)
        {
            if (values.Count >= MaxNumbers) throw Wrong("more than " + MaxNumbers + " numbers in one list");
            values.Add(FixedFloat());
        }
        Leave(outer);
    }

    /// <summary>Text of at most <see cref="MaxText"/> bytes; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes(MaxText));

    /// <summary>Text that only informs: cut after 64 kB.</summary>
    public string LongText()
    {
        Expect(2);
        long length = Length(), start = Position;
        byte[] text = Take((int)Math.Min(length, 1 << 16));
        Advance(length - (Position - start));
        return Encoding.UTF8.GetString(text);
    }

    public byte[] Bytes(int longest)
    {
        Expect(2);
        long length = Length();
        if (length > longest) throw Wrong("a text of " + length + " bytes where at most " + longest + " make sense");
        return Take((int)length);
    }

    /// <summary>Offset and length of a payload, which stays where it is.</summary>
    public (long Offset, long Length) Range()
    {
        Expect(2);
        long length = Length(), offset = Position;
        Advance(length);
        return (offset, length);
    }

    /// <summary>Begins the message (or packed field) that the current field is; returns what <see cref="Leave"/> needs.</summary>
    public long Enter()
    {
        Expect(2);
        long length = Length(), outer = _end;
        if (++_messages > MaxMessages) throw Wrong("more than " + MaxMessages + " messages");
        if (++_depth > MaxDepth) throw new WireException(Position, "messages are nested more than " + MaxDepth + " deep", tooDeep: true);
        _end = Position + length;
        return outer;
    }

    /// <summary>Ends a message, wherever in it the reader is.</summary>
    public void Leave(long outer)
    {
        Position = _end;
        _end = outer;
        _depth--;
    }

    /// <summary>End of the message that was entered.</summary>
    public long End => _end;

    public ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw Wrong("a number has more than ten bytes");
    }

    public float FixedFloat()
    {
        int bits = 0;
        for (int shift = 0; shift < 32; shift += 8) bits |= Byte() << shift;
        return BitConverter.ToSingle(BitConverter.GetBytes(bits), 0);
    }

    public ulong Fixed64()
    {
        ulong bits = 0;
        for (int shift = 0; shift < 64; shift += 8) bits |= (ulong)Byte() << shift;
        return bits;
    }

    public WireException Wrong(string reason) => new(Position, reason);

    private void Expect(int type)
    {
        if (_type != type) throw Wrong("field " + Field + " has the wire type " + _type + " instead of " + type);
    }

    private long Length()
    {
        ulong length = Varint();
        if (length > (ulong)(_end - Position))
            throw Wrong("field " + Field + " claims " + length + " bytes, " + (_end - Position) + " are left");
        return (long)length;
    }

    private void Advance(long count)
    {
        if (count > _end - Position) throw Wrong("field " + Field + " needs " + count + " bytes, " + (_end - Position) + " are left");
        Position += count;
    }

    private byte Byte()
    {
        if (Position >= _end) throw Wrong("the data ends inside a field");
        long at = Position - _windowStart;
        if (at < 0 || at >= _windowLength)
        {
            Fill();
            at = 0;
        }
        Position++;
        return _window[at];
    }

    private byte[] Take(int count)
    {
        var bytes = new byte[count];
        long at = Position - _windowStart;
        if (at >= 0 && at + count <= _windowLength) Buffer.BlockCopy(_window, (int)at, bytes, 0, count);
        else if (count > _window.Length) _source.Read(Position, bytes, count);
        else
        {
            Fill();
            Buffer.BlockCopy(_window, 0, bytes, 0, count);
        }
        Position += count;
        return bytes;
    }

    private void Fill()
    {
        _windowLength = 0;
        int count = (int)Math.Min(_window.Length, _source.Length - Position);
        _source.Read(Position, _window, count);
        _windowStart = Position;
        _windowLength = count;
    }
}
