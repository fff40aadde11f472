using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Memory;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Static rANS, decoding side: 12-bit frequencies, 32-bit states, 16-bit renormalisation, four interleaved states.</summary>
/// <remarks>Stream: four initial states u32, then u16 words. Symbol n uses state n mod 4. At the end all states are back at 2¹⁶ and all words
/// are used, else the stream is damaged. Damaged streams decode to wrong symbols, never outside the tables or the stream.</remarks>
internal unsafe struct RansDecoder
{
    public const uint LowerBound = 1u << 16;

    private uint _state0, _state1, _state2, _state3;
    private byte* _next;
    private readonly byte* _end;
    private int _turn;

    /// <summary>The stream was shorter than its symbols need.</summary>
    public bool Overrun { get; private set; }

    public RansDecoder(byte* stream, long length)
    {
        if (length < 16)
        {
            Overrun = true;
            length = 0;
        }
        else
        {
            _state0 = Unsafe.ReadUnaligned<uint>(stream);
            _state1 = Unsafe.ReadUnaligned<uint>(stream + 4);
            _state2 = Unsafe.ReadUnaligned<uint>(stream + 8);
            _state3 = Unsafe.ReadUnaligned<uint>(stream + 12);
            stream += 16;
            length -= 16;
        }
        _next = stream;
        _end = stream + length;
    }

    /// <summary>Bytes of the table that <see cref="BuildTable"/> fills.</summary>
    public const int TableBytes = SymbolModel.Total * sizeof(uint);

    /// <summary>Symbol, frequency − 1 and offset for each of the 4096 slots: 8, 12 and 12 bits.</summary>
    public static void BuildTable(SymbolModel model, uint* table)
    {
        for (int s = 0; s < model.Frequencies.Length; s++)
        {
            uint frequency = (uint)model.Frequencies[s];
            uint* slots = table + model.Starts[s];
            for (uint i = 0; i < frequency; i++) slots[i] = ((uint)s << 24) | ((frequency - 1) << 12) | i;
        }
    }

    /// <summary>Bytes of the table that <see cref="BuildPairs"/> fills.</summary>
    public const int PairBytes = 2 * TableBytes;

    /// <summary>Slots of two models side by side, so that a symbol's choice between them is one bit of the index.</summary>
    public static void BuildPairs(SymbolModel even, SymbolModel odd, uint* pairs)
    {
        uint* table = stackalloc uint[SymbolModel.Total];
        for (int model = 0; model < 2; model++)
        {
            BuildTable(model == 0 ? even : odd, table);
            for (int i = 0; i < SymbolModel.Total; i++) pairs[2 * i + model] = table[i];
        }
    }

    /// <summary>Decodes <paramref name="count"/> symbols, each of the first or second of two models.</summary>
    /// <param name="choices">0 or 1 for each symbol.</param>
    [MethodImpl(Compile.Loop)]
    public void DecodePairs(uint* pairs, byte* choices, byte* symbols, int count)
    {
        int i = 0;
        while (i < count && _turn != 0)
        {
            symbols[i] = One(pairs, 1, choices[i]);
            i++;
        }
        if (count - i >= 4)
        {
            uint s0 = _state0, s1 = _state1, s2 = _state2, s3 = _state3;
            byte* next = _next, end = _end;
            for (; i + 4 <= count && end - next >= 8; i += 4)
            {
                symbols[i] = Step(pairs, 1, choices[i], ref s0, ref next);
                symbols[i + 1] = Step(pairs, 1, choices[i + 1], ref s1, ref next);
                symbols[i + 2] = Step(pairs, 1, choices[i + 2], ref s2, ref next);
                symbols[i + 3] = Step(pairs, 1, choices[i + 3], ref s3, ref next);
            }
            (_state0, _state1, _state2, _state3) = (s0, s1, s2, s3);
            _next = next;
        }
        for (; i < count; i++) symbols[i] = One(pairs, 1, choices[i]);
    }

    /// <summary>Decodes <paramref name="count"/> symbols of one model.</summary>
    [MethodImpl(Compile.Loop)]
    public void Decode(uint* table, byte* symbols, long count)
    {
        long i = 0;
        while (i < count && _turn != 0) symbols[i++] = One(table, 0, 0);
        if (count - i >= 4)
        {
            uint s0 = _state0, s1 = _state1, s2 = _state2, s3 = _state3;
            byte* next = _next, end = _end;
            for (; i + 4 <= count; i += 4)
            {
                if (end - next < 8) break;
                symbols[i] = Step(table, 0, 0, ref s0, ref next);
                symbols[i + 1] = Step(table, 0, 0, ref s1, ref next);
                symbols[i + 2] = Step(table, 0, 0, ref s2, ref next);
                symbols[i + 3] = Step(table, 0, 0, ref s3, ref next);
            }
            (_state0, _state1, _state2, _state3) = (s0, s1, s2, s3);
            _next = next;
        }
        while (i < count) symbols[i++] = One(table, 0, 0);
    }

    /// <summary>True if everything was used and the states ended where the encoder began.</summary>
    public readonly bool EndsCleanly =>
        !Overrun && _next == _end && _state0 == LowerBound && _state1 == LowerBound && _state2 == LowerBound && _state3 == LowerBound;

    /// <param name="shift">log₂ of how far slots of one model lie apart.</param>
    /// <param name="choice">Which of the slots side by side.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Step(uint* table, int shift, uint choice, ref uint state, ref byte* next)
    {
        uint slot = table[((state & (SymbolModel.Total - 1)) << shift) + choice];
        uint s = (((slot >> 12) & 0xFFF) + 1) * (state >> SymbolModel.PrecisionBits) + (slot & 0xFFF);
        // Without a branch: whether a word is needed is as good as random.
        uint wanted = (uint)(((long)s - LowerBound) >> 63);
        state = (s << (int)(wanted & 16)) | (Unsafe.ReadUnaligned<ushort>(next) & wanted);
        next += wanted & 2;
        return (byte)(slot >> 24);
    }

    private byte One(uint* table, int shift, uint choice)
    {
        uint state = _turn switch { 0 => _state0, 1 => _state1, 2 => _state2, _ => _state3 };
        uint slot = table[((state & (SymbolModel.Total - 1)) << shift) + choice];
        state = (((slot >> 12) & 0xFFF) + 1) * (state >> SymbolModel.PrecisionBits) + (slot & 0xFFF);
        if (state < LowerBound)
        {
            if (_end - _next < 2)
            {
                Overrun = true;
                state = LowerBound;
            }
            else
            {
                state = (state << 16) | Unsafe.ReadUnaligned<ushort>(_next);
                _next += 2;
            }
        }
        switch (_turn)
        {
            case 0: _state0 = state; break;
            case 1: _state1 = state; break;
            case 2: _state2 = state; break;
            default: _state3 = state; break;
        }
        _turn = (_turn + 1) & 3;
        return (byte)(slot >> 24);
    }
}
