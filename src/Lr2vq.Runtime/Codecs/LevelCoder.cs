using System;
using System.Runtime.Intrinsics;
using System.Threading;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>Levels of a <see cref="TransformTensor"/> to entropy-coded bytes and back.</summary>
/// <remarks>Codes: <see cref="LevelStream"/> with a model for each context, over the levels in <see cref="PanelOrder"/>. The context of a level is its
/// coefficient: its tap if the tensor has a basis, else 0.</remarks>
internal static unsafe class LevelCoder
{
    /// <summary>Packs levels in memory order.</summary>
    /// <param name="models">One for each context; a level outside a model's range needs its escape.</param>
    public static byte[] Pack(ReadOnlySpan<short> levels, PanelOrder order, SymbolModel[] models, CancellationToken cancellation = default)
    {
        var escapes = new BitWriter();
        long count = (long)order.Rows * order.Columns;
        ForEachRun(order, models.Length, levels, (run, context, rows) =>
        {
            SymbolModel model = models[context];
            if (!model.HasEscape) return;
            foreach (short level in run) if (level < model.Low || level > model.High) LevelStream.WriteEscape(escapes, model, level);
        }, cancellation);
        var coder = new RansEncoder(checked((int)Math.Min(count + 64, int.MaxValue / 2)));
        Encode(levels, order, models, count, ref coder, cancellation);
        return LevelStream.Join(models, escapes, coder, order);
    }

    /// <summary>Expands the levels of <paramref name="payload"/> to i8 or i16 in memory order, in the tensor's memory.</summary>
    public static byte* Open(in TensorPayload payload, PanelOrder order, int contexts, int bytesPerLevel)
    {
        int limit = bytesPerLevel == 1 ? sbyte.MaxValue : short.MaxValue;
        var stream = new LevelStream(payload, order, contexts, limit, limit);
        uint[] slots = new uint[contexts * SymbolModel.Total];
        fixed (uint* tables = slots)
        {
            for (int c = 0; c < contexts; c++) RansDecoder.BuildTable(stream.Models[c], tables + c * SymbolModel.Total);
            byte* levels = payload.Memory.Allocate(checked(order.StoredLength * bytesPerLevel));
            Decode(order, tables, ref stream, levels, bytesPerLevel);
            stream.End();
            return levels;
        }
    }

    private static void Decode(PanelOrder order, uint* tables, ref LevelStream stream, byte* levels, int bytesPerLevel)
    {
        SymbolModel[] models = stream.Models;
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
                    stream.Decoder.Decode(tables + context * SymbolModel.Total, symbols, count);
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
                            int level = symbols[symbol] == escape ? stream.ReadEscape(model) : low + symbols[symbol];
                            if (bytesPerLevel == 1) ((sbyte*)levels)[vector + r] = (sbyte)level;
                            else ((short*)levels)[vector + r] = (short)level;
                        }
                    }
                }
            }
            if (stream.Decoder.Overrun) return;
        }
    }

    private static bool Contains(byte* symbols, int count, int escape) =>
        escape <= byte.MaxValue && new ReadOnlySpan<byte>(symbols, count).Contains((byte)escape);

    private static void Encode(ReadOnlySpan<short> levels, PanelOrder order, SymbolModel[] models, long count, ref RansEncoder coder, CancellationToken cancellation)
    {
        long index = count, at = order.StoredLength;
        for (int block = order.RowBlocks - 1; block >= 0; block--)
        {
            cancellation.ThrowIfCancellationRequested();
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
    public static void ForEachRun(PanelOrder order, int contexts, ReadOnlySpan<short> levels, RunAction action, CancellationToken cancellation = default)
    {
        long at = 0;
        for (int block = 0; block < order.RowBlocks; block++)
        {
            cancellation.ThrowIfCancellationRequested();
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
}
