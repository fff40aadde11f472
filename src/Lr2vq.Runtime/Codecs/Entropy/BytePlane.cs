using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Bytes in the shortest of four forms.</summary>
/// <remarks>Length u32, form u8, then: 0 the bytes; 1 <see cref="ByteCoding"/>; 2 <see cref="Repeats"/>; 3 the length of the repeats u32, then
/// these in <see cref="ByteCoding"/>.</remarks>
internal static unsafe class BytePlane
{
    /// <summary>Length and form.</summary>
    public const int HeaderBytes = 5;

    private enum Form { Plain = 0, Coded = 1, Repeats = 2, CodedRepeats = 3 }

    private const int LengthBytes = 4;

    // What does not repeat itself in so many bytes is not searched to its end.
    private const int Trial = 1 << 16;

    public static void Pack(ReadOnlySpan<byte> plane, MemoryStream packed)
    {
        (Form form, byte[] best) = (Form.Plain, plane.ToArray());
        Take(Form.Coded, ByteCoding.Pack(plane), ref form, ref best);
        if (plane.Length <= Trial || Repeats.Pack(plane[..Trial]).Length * (double)plane.Length / Trial < 1.1 * best.Length)
        {
            byte[] repeats = Repeats.Pack(plane), coded = ByteCoding.Pack(repeats);
            Take(Form.Repeats, repeats, ref form, ref best);
            if (LengthBytes + coded.Length < best.Length)
            {
                byte[] length = new byte[LengthBytes];
                BinaryPrimitives.WriteInt32LittleEndian(length, repeats.Length);
                Take(Form.CodedRepeats, [.. length, .. coded], ref form, ref best);
            }
        }
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, best.Length);
        header[LengthBytes] = (byte)form;
        packed.Write(header);
        packed.Write(best);
    }

    /// <summary>Fills <paramref name="destination"/> and moves <paramref name="at"/> behind the plane.</summary>
    /// <returns>What is wrong, as the end of a sentence; null if nothing is.</returns>
    public static string? Unpack(ref byte* at, ref long left, Span<byte> destination)
    {
        if (left < HeaderBytes) return "has codes that end inside a plane";
        long length = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(at, LengthBytes));
        var form = (Form)at[LengthBytes];
        byte* data = at + HeaderBytes;
        left -= HeaderBytes;
        if (length > Math.Min(left, int.MaxValue)) return "has a plane that does not fit its codes";
        left -= length;
        at = data + length;
        fixed (byte* to = destination)
            switch (form)
            {
                case Form.Plain:
                    if (length != destination.Length) return FormattableString.Invariant($"has a plane of {length} bytes for {destination.Length} elements");
                    new ReadOnlySpan<byte>(data, (int)length).CopyTo(destination);
                    return null;
                case Form.Coded:
                    return ByteCoding.TryUnpack(data, length, to, destination.Length) ? null : "has a damaged plane";
                case Form.Repeats:
                    return Repeats.Unpack(new ReadOnlySpan<byte>(data, (int)length), destination) is { } problem ? "has a plane that " + problem : null;
                case Form.CodedRepeats:
                    return UnpackRepeats(data, length, destination);
                default:
                    return FormattableString.Invariant($"has a plane of form {(int)form}");
            }
    }

    private static string? UnpackRepeats(byte* data, long length, Span<byte> destination)
    {
        if (length < LengthBytes) return "has codes that end inside a plane";
        long count = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(data, LengthBytes));
        if (count > Math.Min(Repeats.MostBytes(destination.Length), int.MaxValue)) return "has a plane whose repeats are too long";
        byte* repeats = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, count));
        try
        {
            if (!ByteCoding.TryUnpack(data + LengthBytes, length - LengthBytes, repeats, count)) return "has a damaged plane";
            return Repeats.Unpack(new ReadOnlySpan<byte>(repeats, (int)count), destination) is { } problem ? "has a plane that " + problem : null;
        }
        finally
        {
            NativeMemory.Free(repeats);
        }
    }

    private static void Take(Form form, byte[] bytes, ref Form best, ref byte[] shortest)
    {
        if (bytes.Length < shortest.Length) (best, shortest) = (form, bytes);
    }
}
