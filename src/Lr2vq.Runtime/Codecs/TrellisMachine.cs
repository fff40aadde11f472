using System;

namespace Lr2vq.Codecs;

/// <summary>The machine of trellis-coded levels: eight states, two quantizers that take turns as the levels' parities say.</summary>
/// <remarks>Even states quantize to even multiples of the step, odd states to odd ones and zero: level k stands for 2k − sign(k)·(state mod 2).
/// Together the multiples lie twice as dense as a level's cost tells (dependent quantization).</remarks>
internal static class TrellisMachine
{
    public const int States = 8;

    /// <summary>Next state, at 2·state + parity of the level.</summary>
    public static ReadOnlySpan<byte> Next => [0, 2, 7, 5, 1, 3, 6, 4, 2, 0, 5, 7, 3, 1, 4, 6];

    /// <summary>The multiple of the step that a level stands for.</summary>
    /// <param name="quantizer">State mod 2.</param>
    public static int ValueOf(int level, int quantizer) => 2 * level - Math.Sign(level) * quantizer;

    /// <summary>The level that stands for a multiple of the step, which has to be one of its quantizer.</summary>
    public static int LevelOf(int value, int quantizer) => (value + Math.Sign(value) * quantizer) / 2;

    /// <summary>True if a state can give a multiple of the step.</summary>
    public static bool Has(int value, int quantizer) => value == 0 || (value & 1) == quantizer;
}
