using System;
using System.Buffers.Binary;
using System.Text;
using Lr2vq.Diagnostics;

namespace Lr2vq.Artifacts;

/// <summary>Reads the bytes of one section, which come from outside: every length is checked before it is used.</summary>
internal ref struct SectionReader(ReadOnlySpan<byte> bytes, string section)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _bytes.Length;

    /// <summary>A number in groups of 7 bits, lowest first, in its shortest form.</summary>
    public long Number(string field, long minimum, long maximum)
    {
        int start = Position;
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = Take(field, 1)[0];
            if (shift == 63 && b > 1) throw Wrong(field, start, "is longer than 64 bits");
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                if (b == 0 && shift > 0) throw Wrong(field, start, "is not in its shortest form");
                break;
            }
        }
        if ((long)value < minimum || (long)value > maximum) throw Wrong(field, start, FormattableString.Invariant($"is {value}"));
        return (long)value;
    }

    public int Int(string field, int minimum, int maximum) => (int)Number(field, minimum, maximum);

    public ushort UInt16(string field) => BinaryPrimitives.ReadUInt16LittleEndian(Take(field, 2));

    public string Text(string field, int length)
    {
        int start = Position;
        try
        {
            return Utf8.GetString(Take(field, length));
        }
        catch (DecoderFallbackException)
        {
            throw Wrong(field, start, "is not UTF-8");
        }
    }

    public ReadOnlySpan<byte> Take(string field, long length)
    {
        if (length < 0 || length > _bytes.Length - Position)
            throw Wrong(field, Position, FormattableString.Invariant($"needs {length} bytes, {_bytes.Length - Position} remain"));
        ReadOnlySpan<byte> taken = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return taken;
    }

    public readonly InvalidArtifactException Wrong(string field, int position, string what) => new(
        DiagnosticCatalogue.InvalidSection.At(default, section, FormattableString.Invariant($"{field} at byte {position} {what}")));
}
