using System;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>Trellis-coded levels to entropy-coded bytes, and back to multiples of the step in <see cref="PanelOrder"/>.</summary>
/// <remarks>Each column (input, tap) has a trellis (<see cref="TrellisMachine"/>) that runs along all rows from state 0.
/// Codes: <see cref="LevelStream"/> with two models for each context, of even and of odd states, over the levels in the order
/// [block of 16 rows][block of 64 inputs][tap][row in the block][input in the block]: so many columns lie between a level and the next of its
/// column that its state is known before it is asked for.</remarks>
internal static unsafe class TrellisCoder
{
    /// <summary>Largest |level| that is no escape.</summary>
    public const int LargestCoded = 127;

    /// <summary>Largest |level| whose value fits a byte, and of all.</summary>
    public const int LargestOfByte = 63, LargestLevel = 16000;

    /// <summary>Columns of a run.</summary>
    public const int Block = 64;

    private const int Lanes = PanelOrder.Lanes;

    /// <summary>A run of levels with one context: [row][input].</summary>
    public delegate void RunAction(int block, int firstInput, int tap, int rows, int inputs);

    /// <summary>Visits all runs in the order of the stream.</summary>
    public static void ForEachRun(PanelOrder order, RunAction action, CancellationToken cancellation = default)
    {
        for (int block = 0; block < order.RowBlocks; block++)
            for (int first = 0; first < order.Inputs; first += Block)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int tap = 0; tap < order.Taps; tap++) action(block, first, tap, order.RowsOf(block), Math.Min(Block, order.Inputs - first));
            }
    }

    /// <summary>Levels in the order of the stream, each with 0 or 1 for its quantizer.</summary>
    /// <param name="values">Multiples of the step in memory order.</param>
    public static (short[] Levels, byte[] Quantizers) LevelsOf(ReadOnlySpan<short> values, PanelOrder order, CancellationToken cancellation = default)
    {
        short[] levels = new short[order.Rows * order.Columns], all = values.ToArray();
        byte[] quantizers = new byte[levels.Length], states = new byte[order.Columns];
        long at = 0;
        ForEachRun(order, (block, first, tap, rows, inputs) =>
        {
            for (int row = block * Lanes; row < block * Lanes + rows; row++)
                for (int i = first; i < first + inputs; i++, at++)
                {
                    int value = all[order.IndexOf(row, i, tap)];
                    ref byte state = ref states[i * order.Taps + tap];
                    int quantizer = state & 1;
                    if (!TrellisMachine.Has(value, quantizer)) throw new ArgumentException($"row {row}, input {i}, tap {tap}: {value} is no value of state {state}");
                    int level = TrellisMachine.LevelOf(value, quantizer);
                    levels[at] = (short)level;
                    quantizers[at] = (byte)quantizer;
                    state = TrellisMachine.Next[2 * state + (level & 1)];
                }
        }, cancellation);
        return (levels, quantizers);
    }

    /// <summary>Packs levels in the order of the stream.</summary>
    /// <param name="models">Of context c: 2c for even states, 2c + 1 for odd ones; a level outside a model's range needs its escape.</param>
    public static byte[] Pack(short[] levels, byte[] quantizers, PanelOrder order, SymbolModel[] models, CancellationToken cancellation = default)
    {
        var escapes = new BitWriter();
        byte[] chosen = new byte[levels.Length];
        int at = 0;
        ForEachRun(order, (block, first, tap, rows, inputs) =>
        {
            int context = models.Length == 2 ? 0 : 2 * tap;
            for (int end = at + rows * inputs; at < end; at++)
            {
                chosen[at] = (byte)(context + quantizers[at]);
                SymbolModel model = models[chosen[at]];
                if (model.HasEscape && (levels[at] < model.Low || levels[at] > model.High)) LevelStream.WriteEscape(escapes, model, levels[at]);
            }
        }, cancellation);
        var coder = new RansEncoder(checked((int)Math.Min(levels.Length + 64L, int.MaxValue / 2)));
        for (at = levels.Length - 1; at >= 0; at--)
        {
            if ((at & 0xFFFF) == 0) cancellation.ThrowIfCancellationRequested();
            SymbolModel model = models[chosen[at]];
            int level = levels[at], symbol = level >= model.Low && level <= model.High ? level - model.Low : model.Frequencies.Length - 1;
            coder.Put(at, model.Frequencies[symbol], model.Starts[symbol]);
        }
        return LevelStream.Join(models, escapes, coder, order);
    }

    /// <summary>Expands the levels of <paramref name="payload"/> to multiples of the step, i8 or i16 in memory order, in the tensor's memory.</summary>
    public static byte* Open(in TensorPayload payload, PanelOrder order, int contexts, int bytesPerValue)
    {
        var stream = new LevelStream(payload, order, 2 * contexts, bytesPerValue == 1 ? LargestOfByte : LargestLevel,
            bytesPerValue == 1 ? LargestOfByte : LargestCoded);
        long padded = (order.Inputs + Lanes - 1L) / Lanes * Lanes * order.Taps;
        byte* values = payload.Memory.Allocate(checked(order.StoredLength * bytesPerValue));
        byte* states = (byte*)NativeMemory.AllocZeroed((nuint)padded);
        uint* pairs = (uint*)NativeMemory.Alloc((nuint)contexts, RansDecoder.PairBytes);
        try
        {
            for (int c = 0; c < contexts; c++)
                RansDecoder.BuildPairs(stream.Models[2 * c], stream.Models[2 * c + 1], pairs + c * (RansDecoder.PairBytes / sizeof(uint)));
            Decode(order, contexts, pairs, states, ref stream, values, bytesPerValue);
        }
        finally
        {
            NativeMemory.Free(pairs);
            NativeMemory.Free(states);
        }
        stream.End();
        return values;
    }

    private static void Decode(PanelOrder order, int contexts, uint* pairs, byte* states, ref LevelStream stream, byte* values, int bytesPerValue)
    {
        byte* room = stackalloc byte[TrellisRun.RoomBytes];
        for (int block = 0; block < order.RowBlocks; block++)
        {
            int rows = order.RowsOf(block);
            byte* state = states;
            for (int first = 0; first < order.Inputs; first += Block)
            {
                int inputs = Math.Min(Block, order.Inputs - first);
                for (int tap = 0; tap < order.Taps; tap++)
                {
                    int context = contexts == 1 ? 0 : tap;
                    var run = new TrellisRun(stream.Models[2 * context], stream.Models[2 * context + 1],
                        pairs + context * (RansDecoder.PairBytes / sizeof(uint)), inputs, room, bytesPerValue);
                    run.Decode(ref stream, state, rows);
                    state += run.Groups * Lanes;
                    for (int group = 0; group < run.Groups; group++)
                    {
                        int lanes = Math.Min(Lanes, inputs - group * Lanes);
                        long vector = block * order.Columns + (long)(first + group * Lanes) * order.Taps + (long)tap * lanes;
                        run.Transpose(group, lanes, values + vector * Lanes * bytesPerValue);
                    }
                }
            }
            if (stream.Decoder.Overrun) return;
        }
    }
}
