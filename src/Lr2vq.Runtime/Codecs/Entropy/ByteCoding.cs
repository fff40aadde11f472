using System;
using System.Runtime.InteropServices;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Bytes by their frequencies alone: a <see cref="SymbolModel"/>, then a rANS stream.</summary>
internal static unsafe class ByteCoding
{
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        long[] counts = new long[256];
        foreach (byte value in bytes) counts[value]++;
        int low = 0, high = 255;
        while (low < 255 && counts[low] == 0) low++;
        while (high > low && counts[high] == 0) high--;
        SymbolModel model = SymbolModel.Explicit(low, false, ModelFitting.Normalize(counts.AsSpan(low, high - low + 1)));
        var table = new BitWriter();
        model.Write(table);
        var coder = new RansEncoder(bytes.Length + 64);
        for (int i = bytes.Length - 1; i >= 0; i--) coder.Put(i, model.Frequencies[bytes[i] - low], model.Starts[bytes[i] - low]);
        return [.. table.ToArray(), .. coder.Finish()];
    }

    /// <summary>The model of packed bytes; null if it is none. <paramref name="data"/> and <paramref name="length"/> become those of the stream.</summary>
    public static SymbolModel? TryReadModel(ref byte* data, ref long length)
    {
        var bits = new BitReader(data, length);
        SymbolModel? model = SymbolModel.TryRead(ref bits);
        if (model is null || model.HasEscape || model.Low < 0 || model.High > 255) return null;
        data += bits.BytesRead;
        length -= bits.BytesRead;
        return model;
    }

    /// <summary>False if the packed bytes are damaged; then the destination holds anything.</summary>
    public static bool TryUnpack(byte* data, long length, byte* destination, long count)
    {
        if (TryReadModel(ref data, ref length) is not { } model) return false;
        uint* table = (uint*)NativeMemory.Alloc(RansDecoder.TableBytes);
        try
        {
            RansDecoder.BuildTable(model, table);
            var decoder = new RansDecoder(data, length);
            decoder.Decode(table, destination, count);
            if (model.Low > 0) for (long i = 0; i < count; i++) destination[i] += (byte)model.Low;
            return decoder.EndsCleanly;
        }
        finally
        {
            NativeMemory.Free(table);
        }
    }
}
