using System;
using System.Buffers.Binary;
using System.IO;

namespace Lr2vq.Data;

/// <summary>Sound in a <c>.wav</c> file: PCM of 8, 16, 24 or 32 bits, or 32-bit floats. Several channels become their mean.</summary>
/// <param name="Path">The file.</param>
/// <param name="Rate">Samples a second.</param>
/// <param name="Channels">1 or more.</param>
/// <param name="Bits">Bits of a sample.</param>
/// <param name="IsFloat">Whether samples are floats.</param>
/// <param name="Start">Where the samples begin.</param>
/// <param name="Length">How many samples a channel has.</param>
internal sealed record WavFile(string Path, int Rate, int Channels, int Bits, bool IsFloat, long Start, long Length)
{
    private const ushort Pcm = 1, Float = 3, Extensible = 0xFFFE;
    private const int MaxChannels = 64, FormatBytes = 16, ExtensibleBytes = 40;

    private int FrameBytes => Channels * Bits / 8;

    /// <exception cref="InvalidDataException">Not such a file, or damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WavFile Open(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Open(path, stream);
    }

    /// <inheritdoc cref="Open(string)"/>
    public static WavFile Open(string path, Stream stream)
    {
        byte[] head = NpyFile.ReadExactly(stream, 12);
        if (!head.AsSpan(0, 4).SequenceEqual("RIFF"u8) || !head.AsSpan(8, 4).SequenceEqual("WAVE"u8)) throw new InvalidDataException("not a .wav file");
        WavFile? format = null;
        while (stream.Length - stream.Position >= 8)
        {
            byte[] chunk = NpyFile.ReadExactly(stream, 8);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(chunk.AsSpan(4));
            long left = stream.Length - stream.Position;
            if (chunk.AsSpan(0, 4).SequenceEqual("data"u8))
            {
                if (format is null) throw new InvalidDataException("the samples come before their format");
                // Recorders that were interrupted leave the length 0 or its largest value.
                long bytes = length is 0 or uint.MaxValue ? left : length;
                if (bytes > left) throw new InvalidDataException("the file ends too early");
                return format with { Start = stream.Position, Length = bytes / format.FrameBytes };
            }
            if (length > left) throw new InvalidDataException("the file ends too early");
            long next = stream.Position + length + (length & 1);
            if (chunk.AsSpan(0, 4).SequenceEqual("fmt "u8)) format = Format(path, NpyFile.ReadExactly(stream, (int)Math.Min(length, ExtensibleBytes)));
            stream.Position = Math.Min(next, stream.Length);
        }
        throw new InvalidDataException("it holds no samples");
    }

    /// <summary>Samples between −1 and 1.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="samples">Receives them.</param>
    /// <exception cref="InvalidDataException">The file ends too early.</exception>
    public void Read(long first, Span<float> samples)
    {
        using FileStream stream = File.OpenRead(Path);
        Read(stream, first, samples);
    }

    /// <inheritdoc cref="Read(long, Span{float})"/>
    public void Read(Stream stream, long first, Span<float> samples)
    {
        stream.Position = Start + first * FrameBytes;
        ReadOnlySpan<byte> bytes = NpyFile.ReadExactly(stream, checked(samples.Length * FrameBytes));
        int width = Bits / 8;
        for (int i = 0; i < samples.Length; i++)
        {
            float sum = 0;
            for (int c = 0; c < Channels; c++) sum += Sample(bytes.Slice(i * FrameBytes + c * width, width));
            samples[i] = sum / Channels;
        }
    }

    private float Sample(ReadOnlySpan<byte> bytes) => Bits switch
    {
        8 => (bytes[0] - 128) / 128f,
        16 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        24 => (bytes[0] | bytes[1] << 8 | (sbyte)bytes[2] << 16) / 8388608f,
        _ => IsFloat ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
    };

    private static WavFile Format(string path, ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < FormatBytes) throw new InvalidDataException("its format is damaged");
        int kind = BinaryPrimitives.ReadUInt16LittleEndian(chunk), channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        uint rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        // The kind is in the first bytes of what follows then.
        if (kind == Extensible && chunk.Length >= 26) kind = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        bool isKnown = kind == Pcm && bits is 8 or 16 or 24 or 32 || kind == Float && bits == 32;
        if (!isKnown) throw new InvalidDataException($"sound of kind {kind} with {bits} bits is not read; known: PCM of 8, 16, 24 or 32 bits, and 32-bit floats");
        if (channels is 0 or > MaxChannels || rate is 0 or > int.MaxValue) throw new InvalidDataException($"{channels} channels with {rate} samples a second are not read");
        return new WavFile(path, (int)rate, channels, bits, kind == Float, 0, 0);
    }
}
