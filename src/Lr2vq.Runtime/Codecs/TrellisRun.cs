using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Decodes one run of <see cref="TrellisCoder"/>: up to sixteen rows of up to 64 columns. The machines of sixteen columns advance together:
/// the next state is a shuffle of a table of sixteen bytes.</summary>
internal readonly unsafe ref struct TrellisRun
{
    private const int Side = PanelOrder.Lanes, Block = TrellisCoder.Block;

    /// <summary>Bytes of the room a run works in: symbols, choices, values of sixteen rows, and twice sixteen by sixteen to transpose.</summary>
    public const int RoomBytes = 2 * Block + 2 * Side * Block + 2 * Side * Side;

    private readonly SymbolModel _even, _odd;
    private readonly uint* _pairs;
    private readonly int _inputs, _bytesPerValue;
    private readonly byte* _symbols, _choices, _rows, _turned;

    public TrellisRun(SymbolModel even, SymbolModel odd, uint* pairs, int inputs, byte* room, int bytesPerValue)
    {
        (_even, _odd, _inputs, _bytesPerValue) = (even, odd, inputs, bytesPerValue);
        _pairs = pairs;
        _symbols = room;
        _choices = room + Block;
        _rows = room + 2 * Block;
        _turned = _rows + 2 * Side * Block;
    }

    /// <summary>Sixteens of columns.</summary>
    public int Groups => (_inputs + Side - 1) / Side;

    private static bool HasVectors => (Sse2.IsSupported || AdvSimd.Arm64.IsSupported) && Lanes.Isa != Isa.Scalar;

    /// <summary>Decodes rows of the run.</summary>
    /// <param name="states">State of each column, sixteen to a group.</param>
    public void Decode(ref LevelStream stream, byte* states, int rows)
    {
        int columns = Groups * Side;
        // What lies beyond the last column counts as symbol 0, which is no escape.
        NativeMemory.Clear(_symbols, Block);
        for (int c = 0; c < columns; c++) _choices[c] = (byte)(states[c] & 1);
        if (rows < Side) NativeMemory.Clear(_rows, (nuint)(Side * Block * _bytesPerValue));
        bool vectors = HasVectors;
        for (int row = 0; row < rows; row++)
        {
            stream.Decoder.DecodePairs(_pairs, _choices, _symbols, _inputs);
            byte* values = _rows + (long)row * Block * _bytesPerValue;
            if (vectors) Advance(ref stream, states, values);
            else for (int c = 0; c < _inputs; c++) AdvanceOne(ref stream, states, values, c);
        }
    }

    /// <summary>From symbols to values and next states, sixteen columns at a time.</summary>
    [MethodImpl(Compile.Loop)]
    private void Advance(ref LevelStream stream, byte* states, byte* values)
    {
        Vector128<byte> low = Vector128.Create((byte)_even.Low), lowChange = low ^ Vector128.Create((byte)_odd.Low);
        Vector128<byte> escape = Vector128.Create((byte)(_even.Frequencies.Length - 1)), escapeChange = escape ^ Vector128.Create((byte)(_odd.Frequencies.Length - 1));
        Vector128<byte> has = Mask(_even.HasEscape), hasChange = has ^ Mask(_odd.HasEscape), one = Vector128.Create((byte)1);
        Vector128<byte> next = Vector128.Create(TrellisMachine.Next);
        for (int c = 0; c < _inputs; c += Side)
        {
            Vector128<byte> symbol = Vector128.Load(_symbols + c), odd = Vector128<byte>.Zero - Vector128.Load(_choices + c), state = Vector128.Load(states + c);
            if ((Vector128.Equals(symbol, escape ^ (odd & escapeChange)) & (has ^ (odd & hasChange))) != Vector128<byte>.Zero)
            {
                int end = Math.Min(c + Side, _inputs);
                for (int column = c; column < end; column++) AdvanceOne(ref stream, states, values, column);
                continue;
            }
            Vector128<byte> coded = symbol + (low ^ (odd & lowChange));
            state = Shuffle(next, (state + state) | (coded & one));
            state.Store(states + c);
            (state & one).Store(_choices + c);
            Vector128<sbyte> level = coded.AsSByte();
            // −1 for what is above 0 in odd states, +1 for what is below.
            Vector128<sbyte> inward = (Vector128.GreaterThan(level, Vector128<sbyte>.Zero) - Vector128.LessThan(level, Vector128<sbyte>.Zero)) & odd.AsSByte();
            if (_bytesPerValue == 1)
            {
                (level + level + inward).Store((sbyte*)values + c);
                continue;
            }
            Vector128<short> lower = Vector128.WidenLower(level), upper = Vector128.WidenUpper(level);
            (lower + lower + Vector128.WidenLower(inward)).Store((short*)values + c);
            (upper + upper + Vector128.WidenUpper(inward)).Store((short*)values + c + Side / 2);
        }
    }

    /// <summary>One column: what the vectors have to equal, and where escapes are read.</summary>
    [MethodImpl(Compile.Loop)]
    private void AdvanceOne(ref LevelStream stream, byte* states, byte* values, int column)
    {
        int quantizer = _choices[column], symbol = _symbols[column];
        SymbolModel model = quantizer == 0 ? _even : _odd;
        int level = model.HasEscape && symbol == model.Frequencies.Length - 1 ? stream.ReadEscape(model) : model.Low + symbol;
        int value = TrellisMachine.ValueOf(level, quantizer);
        if (_bytesPerValue == 1) ((sbyte*)values)[column] = (sbyte)value;
        else ((short*)values)[column] = (short)value;
        byte state = TrellisMachine.Next[2 * states[column] + (level & 1)];
        states[column] = state;
        _choices[column] = (byte)(state & 1);
    }

    /// <summary>Writes the vectors of rows of one group.</summary>
    /// <param name="count">Vectors: columns that the group has.</param>
    // Not optimised, its loops count themselves for the JIT: until that has compiled it anew, a network of megabytes is loaded.
    [MethodImpl(Compile.Loop)]
    public void Transpose(int group, int count, byte* vectors)
    {
        byte* from = _rows + group * Side * _bytesPerValue;
        if (_bytesPerValue == 1 && HasVectors)
        {
            byte* a = _turned, b = _turned + Side * Side;
            Interleave(from, Block, a);
            Interleave(a, Side, b);
            Interleave(b, Side, a);
            Interleave(a, Side, count == Side ? vectors : b);
            if (count < Side) Buffer.MemoryCopy(b, vectors, count * Side, count * Side);
            return;
        }
        for (int c = 0; c < count; c++)
            for (int row = 0; row < Side; row++)
            {
                if (_bytesPerValue == 1) vectors[c * Side + row] = from[row * Block + c];
                else ((short*)vectors)[c * Side + row] = ((short*)from)[row * Block + c];
            }
    }

    /// <summary>Puts the bytes of rows i and i + 8 in turns; four times this is a transposition.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Interleave(byte* from, int pitch, byte* to)
    {
        for (int i = 0; i < Side / 2; i++, from += pitch, to += 2 * Side)
        {
            Vector128<byte> a = Vector128.Load(from), b = Vector128.Load(from + Side / 2 * pitch);
            if (Sse2.IsSupported)
            {
                Sse2.UnpackLow(a, b).Store(to);
                Sse2.UnpackHigh(a, b).Store(to + Side);
            }
            else
            {
                AdvSimd.Arm64.ZipLow(a, b).Store(to);
                AdvSimd.Arm64.ZipHigh(a, b).Store(to + Side);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Shuffle(Vector128<byte> table, Vector128<byte> indices) =>
        Ssse3.IsSupported ? Ssse3.Shuffle(table, indices)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.VectorTableLookup(table, indices)
        : Vector128.Shuffle(table, indices);

    private static Vector128<byte> Mask(bool set) => set ? Vector128<byte>.AllBitsSet : Vector128<byte>.Zero;
}
