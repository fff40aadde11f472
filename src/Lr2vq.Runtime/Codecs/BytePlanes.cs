using System;
using System.Buffers.Binary;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>fp32 without loss: byte 0 of all weights, byte 1, byte 2, byte 3, each plane entropy-coded if that is shorter.</summary>
/// <remarks>Codes: for each plane its length u32, coded u8 (0 or 1), then either the plane's bytes, or a symbol model and a rANS stream.
/// Zeros follow if that is less than a byte for 64 weights. The planes of sign, exponent and leading mantissa bits shrink; the last two hardly ever do.</remarks>
internal static unsafe class BytePlanes
{
    private const int PlaneHeader = 5;

    // A tensor has at least a byte for so many weights, so that a short file cannot ask for much memory.
    private const int MaxWeightsPerByte = 64;

    public static byte[] Pack(ReadOnlySpan<float> values)
    {
        byte[][] planes = new byte[4][];
        byte[] plane = new byte[values.Length];
        long length = 0;
        bool[] coded = new bool[4];
        for (int p = 0; p < 4; p++)
        {
            for (int i = 0; i < values.Length; i++) plane[i] = (byte)(BitConverter.SingleToUInt32Bits(values[i]) >> (8 * p));
            byte[] packed = Code(plane);
            coded[p] = packed.Length < plane.Length;
            planes[p] = coded[p] ? packed : (byte[])plane.Clone();
            length += PlaneHeader + planes[p].Length;
        }
        byte[] all = new byte[checked((int)Math.Max(length, LeastLength(values.Length)))];
        int at = 0;
        for (int p = 0; p < 4; p++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(at), planes[p].Length);
            all[at + 4] = coded[p] ? (byte)1 : (byte)0;
            planes[p].CopyTo(all.AsSpan(at + PlaneHeader));
            at += PlaneHeader + planes[p].Length;
        }
        return all;
    }

    /// <summary>Expands <paramref name="count"/> floats into the tensor's memory.</summary>
    public static float* Open(in TensorPayload payload, long count)
    {
        if (LeastLength(count) > payload.CodesLength) throw payload.Invalid($"has {payload.CodesLength} bytes of codes, too few for {count} weights");
        uint* values = (uint*)payload.Memory.AllocateFloats(count);
        byte[] symbols = new byte[Math.Min(count, 1 << 16)];
        uint[] table = new uint[SymbolModel.Total];
        long at = 0;
        for (int p = 0; p < 4; p++)
        {
            if (payload.CodesLength - at < PlaneHeader) throw payload.Invalid("has codes that end inside a plane");
            byte* header = payload.CodesData + at;
            long length = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(header, 4));
            at += PlaneHeader;
            if (length > payload.CodesLength - at || header[4] > 1) throw payload.Invalid("has a plane that does not fit its codes");
            byte* data = payload.CodesData + at;
            at += length;
            if (header[4] == 0)
            {
                if (length != count) throw payload.Invalid($"has a plane of {length} bytes for {count} weights");
                for (long i = 0; i < count; i++) values[i] |= (uint)data[i] << (8 * p);
                continue;
            }
            var bits = new BitReader(data, length);
            SymbolModel? model = SymbolModel.TryRead(ref bits);
            if (model is null || model.HasEscape || model.Low < 0 || model.High > 255) throw payload.Invalid("has a plane with a damaged table");
            fixed (byte* symbol = symbols)
            fixed (uint* slots = table)
            {
                RansDecoder.BuildTable(model, slots);
                var decoder = new RansDecoder(data + bits.BytesRead, length - bits.BytesRead);
                for (long i = 0; i < count; i += symbols.Length)
                {
                    long part = Math.Min(symbols.Length, count - i);
                    decoder.Decode(slots, symbol, part);
                    for (long j = 0; j < part; j++) values[i + j] |= (uint)(symbol[j] + model.Low) << (8 * p);
                }
                if (!decoder.EndsCleanly) throw payload.Invalid("has a damaged plane");
            }
        }
        if (at != payload.CodesLength && payload.CodesLength != LeastLength(count)) throw payload.Invalid("has bytes after its last plane");
        return (float*)values;
    }

    private static long LeastLength(long count) => (count + MaxWeightsPerByte - 1) / MaxWeightsPerByte;

    private static byte[] Code(ReadOnlySpan<byte> plane)
    {
        long[] counts = new long[256];
        foreach (byte value in plane) counts[value]++;
        int low = 0, high = 255;
        while (low < 255 && counts[low] == 0) low++;
        while (high > low && counts[high] == 0) high--;
        SymbolModel model = SymbolModel.Explicit(low, false, ModelFitting.Normalize(counts.AsSpan(low, high - low + 1)));
        var table = new BitWriter();
        model.Write(table);
        var coder = new RansEncoder(plane.Length + 64);
        for (int i = plane.Length - 1; i >= 0; i--) coder.Put(i, model.Frequencies[plane[i] - low], model.Starts[plane[i] - low]);
        return [.. table.ToArray(), .. coder.Finish()];
    }
}
