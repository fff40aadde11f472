using System;
using Lr2vq.Memory;

namespace Lr2vq.Sessions;

/// <summary>The values and dimensions that a session was given.</summary>
internal sealed unsafe class SessionInputs(InputShapes shapes, int count)
{
    private readonly bool[] _isSet = new bool[count];
    private readonly PinnedMemory?[] _memory = new PinnedMemory?[count];

    /// <summary>The dimensions of all inputs, one after the other.</summary>
    public int[] Dimensions { get; } = new int[shapes.Starts[^1]];

    /// <summary>Where the inputs lie.</summary>
    public byte*[] Data { get; } = new byte*[count];

    /// <summary>The first input that was never set; −1 if there is none.</summary>
    public int FirstMissing => Array.IndexOf(_isSet, false);

    /// <summary>The first input without elements; −1 if there is none.</summary>
    public int FirstEmpty
    {
        get
        {
            for (int input = 0; input < _isSet.Length; input++)
                if (DimensionsOf(input).Contains(0)) return input;
            return -1;
        }
    }

    public long Bytes
    {
        get
        {
            long bytes = 0;
            foreach (PinnedMemory? memory in _memory) bytes += memory?.Length ?? 0;
            return bytes;
        }
    }

    public bool IsSet(int input) => _isSet[input];

    public Span<int> DimensionsOf(int input) => Dimensions.AsSpan(shapes.Starts[input], shapes.Starts[input + 1] - shapes.Starts[input]);

    public PinnedMemory Memory(int input) => _memory[input]!;

    /// <summary>Room for values, which the caller writes.</summary>
    /// <param name="input">Index of the input.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="moves">True if they lie elsewhere than before.</param>
    public Span<byte> Room(int input, int length, out bool moves)
    {
        moves = _memory[input] is not { } known || known.Length < length;
        if (moves)
        {
            _memory[input] = new PinnedMemory(length);
            Data[input] = _memory[input]!.Data;
        }
        _isSet[input] = true;
        return new Span<byte>(Data[input], length);
    }

    /// <summary>Lets the memory go.</summary>
    public void Clear()
    {
        Array.Clear(_memory);
        Array.Clear(_isSet);
    }
}
