using System;
using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>Levels of a <see cref="TransformTensor"/> to entropy-coded bytes and back.</summary>
/// <remarks>Codes: length of the tables u32, length of the escapes u32, the tables (one <see cref="SymbolModel"/> for each context), the
/// escapes, a rANS stream over the levels in <see cref="PanelOrder"/>. The context of a level is its coefficient: its tap if the tensor
/// has a basis, else 0.</remarks>
internal static unsafe class LevelCoder
{
    private const int HeaderBytes = 8;

    /// <summary>A stream has at least a byte for so many levels (it is padded if need be), so that a short file cannot ask for much memory.</summary>
    public const int MaxLevelsPerByte = 128;

    /// <summary>Packs levels in memory order.</summary>
    /// <param name="models">One for each context; a level outside a model's range needs its escape.</param>
    public static byte[] Pack(ReadOnlySpan<short> levels, PanelOrder order, SymbolModel[] models)
    {
        var tables = new BitWriter();
        foreach (SymbolModel model in models) model.Write(tables);
        var escapes = new BitWriter();
        long count = (long)order.Rows * order.Columns;
        ForEachRun(order, models.Length, levels, (run, context, rows) =>
        {
            SymbolModel model = models[context];
            if (!model.HasEscape) return;
            foreach (short level in run) if (level < model.Low || level > model.High) WriteEscape(escapes, model, level);
        });
        var coder = new RansEncoder(checked((int)Math.Min(count + 64, int.MaxValue / 2)));
        Encode(levels, order, models, count, ref coder);
        byte[] table = tables.ToArray(), escape = escapes.ToArray(), stream = coder.Finish();
        long length = HeaderBytes + table.Length + escape.Length + stream.Length;
        byte[] codes = new byte[checked((int)Math.Max(length, (order.StoredLength + MaxLevelsPerByte - 1) / MaxLevelsPerByte))];
        // Padding, if any, lies before the stream, as part of the escapes.
        int padded = escape.Length + codes.Length - (int)length;
        BinaryPrimitives.WriteInt32LittleEndian(codes, table.Length);
        BinaryPrimitives.WriteInt32LittleEndian(codes.AsSpan(4), padded);
        table.CopyTo(codes.AsSpan(HeaderBytes));
        escape.CopyTo(codes.AsSpan(HeaderBytes + table.Length));
        stream.CopyTo(codes.AsSpan(HeaderBytes + table.Length + padded));
        return codes;
    }

    /// <summary>Expands the levels of <paramref name="payload"/> to i8 or i16 in memory order, in the tensor's memory.</summary>
    public static byte* Open(in TensorPayload payload, PanelOrder order, int contexts, int bytesPerLevel)
    {
        if (payload.CodesLength < HeaderBytes || order.StoredLength / MaxLevelsPerByte > payload.CodesLength)
            throw payload.Invalid($"has {payload.CodesLength} bytes of codes, too few for its weights");
        var header = new ReadOnlySpan<byte>(payload.CodesData, HeaderBytes);
        long tableBytes = BinaryPrimitives.ReadUInt32LittleEndian(header), escapeBytes = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        long streamBytes = payload.CodesLength - HeaderBytes - tableBytes - escapeBytes;
        if (streamBytes < 0) throw payload.Invalid("has tables that do not fit its codes");
        byte* at = payload.CodesData + HeaderBytes;
        var bits = new BitReader(at, tableBytes);
        var models = new SymbolModel[contexts];
        uint[] slots = new uint[contexts * SymbolModel.Total];
        fixed (uint* tables = slots)
        {
            for (int c = 0; c < contexts; c++)
            {
                models[c] = SymbolModel.TryRead(ref bits) ?? throw payload.Invalid("has a damaged table of frequencies");
                if (bytesPerLevel == 1 && (models[c].Low < -127 || models[c].High > 127)) throw payload.Invalid("has levels that do not fit a byte");
                RansDecoder.BuildTable(models[c], tables + c * SymbolModel.Total);
            }
            byte* levels = payload.Memory.Allocate(checked(order.StoredLength * bytesPerLevel));
            var escapes = new BitReader(at + tableBytes, escapeBytes);
            var decoder = new RansDecoder(at + tableBytes + escapeBytes, streamBytes);
            Decode(payload, order, models, tables, ref decoder, ref escapes, levels, bytesPerLevel);
            if (!decoder.EndsCleanly || escapes.Overrun) throw payload.Invalid("has a damaged stream of levels");
            return levels;
        }
    }

    private static void Decode(in TensorPayload payload, PanelOrder order, SymbolModel[] models, uint* tables, ref RansDecoder decoder,
        ref BitReader escapes, byte* levels, int bytesPerLevel)
    {
        byte* symbols = stackalloc byte[PanelOrder.Lanes * PanelOrder.Lanes];
        long at = 0;
        for (int block = 0; block < order.RowBlocks; block++)
        {
            int rows = order.RowsOf(block);
            for (int first = 0; first < order.Inputs; first += PanelOrder.Lanes)
            {
                int lanes = Math.Min(PanelOrder.Lanes, order.Inputs - first), count = lanes * rows;
                for (int tap = 0; tap < order.Taps; tap++, at += lanes * PanelOrder.Lanes)
                {
                    int context = models.Length == 1 ? 0 : tap;
                    SymbolModel model = models[context];
                    decoder.Decode(tables + context * SymbolModel.Total, symbols, count);
                    int low = model.Low, escape = model.HasEscape ? model.Frequencies.Length - 1 : int.MaxValue;
                    if (rows == PanelOrder.Lanes && bytesPerLevel == 1 && !Contains(symbols, count, escape))
                    {
                        var offset = Vector128.Create((byte)low);
                        for (int s = 0; s < count; s += PanelOrder.Lanes) (Vector128.Load(symbols + s) + offset).Store(levels + at + s);
                        continue;
                    }
                    int symbol = 0;
                    for (int i = 0; i < lanes; i++)
                    {
                        long vector = at + i * PanelOrder.Lanes;
                        for (int r = 0; r < rows; r++, symbol++)
                        {
                            int level = symbols[symbol] == escape ? ReadEscape(payload, ref escapes, model, bytesPerLevel) : low + symbols[symbol];
                            if (bytesPerLevel == 1) ((sbyte*)levels)[vector + r] = (sbyte)level;
                            else ((short*)levels)[vector + r] = (short)level;
                        }
                    }
                }
            }
            if (decoder.Overrun) return;
        }
    }

    private static bool Contains(byte* symbols, int count, int escape) =>
        escape <= byte.MaxValue && new ReadOnlySpan<byte>(symbols, count).Contains((byte)escape);

    private static void Encode(ReadOnlySpan<short> levels, PanelOrder order, SymbolModel[] models, long count, ref RansEncoder coder)
    {
        long index = count, at = order.StoredLength;
        for (int block = order.RowBlocks - 1; block >= 0; block--)
        {
            int rows = order.RowsOf(block);
            for (int first = (order.Inputs - 1) & ~(PanelOrder.Lanes - 1); first >= 0; first -= PanelOrder.Lanes)
            {
                int lanes = Math.Min(PanelOrder.Lanes, order.Inputs - first);
                for (int tap = order.Taps - 1; tap >= 0; tap--)
                {
                    SymbolModel model = models[models.Length == 1 ? 0 : tap];
                    int[] frequencies = model.Frequencies, starts = model.Starts;
                    int low = model.Low, high = model.High;
                    for (int i = lanes - 1; i >= 0; i--)
                    {
                        at -= PanelOrder.Lanes;
                        ReadOnlySpan<short> vector = levels.Slice(checked((int)at), rows);
                        for (int r = rows - 1; r >= 0; r--)
                        {
                            int level = vector[r];
                            int symbol = level >= low && level <= high ? level - low : frequencies.Length - 1;
                            coder.Put(--index, frequencies[symbol], starts[symbol]);
                        }
                    }
                }
            }
        }
    }

    /// <summary>What is done with the levels of one vector: up to sixteen rows of one coefficient.</summary>
    public delegate void RunAction(ReadOnlySpan<short> vector, int context, int rows);

    /// <summary>Visits all levels in the order of the stream.</summary>
    public static void ForEachRun(PanelOrder order, int contexts, ReadOnlySpan<short> levels, RunAction action)
    {
        long at = 0;
        for (int block = 0; block < order.RowBlocks; block++)
        {
            int rows = order.RowsOf(block);
            for (int first = 0; first < order.Inputs; first += PanelOrder.Lanes)
            {
                int lanes = Math.Min(PanelOrder.Lanes, order.Inputs - first);
                for (int tap = 0; tap < order.Taps; tap++)
                    for (int i = 0; i < lanes; i++, at += PanelOrder.Lanes)
                        action(levels.Slice(checked((int)at), rows), contexts == 1 ? 0 : tap, rows);
            }
        }
    }

    /// <summary>Bits that the escape of <paramref name="distance"/> ≥ 1 levels beyond a model's range costs.</summary>
    public static int EscapeBits(int distance) => 2 * System.Numerics.BitOperations.Log2((uint)(distance - 1) + 4);

    private static void WriteEscape(BitWriter escapes, SymbolModel model, int level)
    {
        bool above = level > model.High;
        escapes.Bits(above ? 1u : 0u, 1);
        escapes.Golomb((uint)(above ? level - model.High - 1 : model.Low - level - 1), 2);
    }

    private static int ReadEscape(in TensorPayload payload, ref BitReader escapes, SymbolModel model, int bytesPerLevel)
    {
        bool above = escapes.Bits(1) == 1;
        long distance = escapes.Golomb(2) + 1L;
        long level = above ? model.High + distance : model.Low - distance;
        int limit = bytesPerLevel == 1 ? 127 : short.MaxValue;
        if (escapes.Overrun || level < -limit || level > limit) throw payload.Invalid("has a level that is out of range");
        return (int)level;
    }
}
