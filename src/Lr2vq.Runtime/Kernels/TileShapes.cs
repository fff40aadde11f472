using System;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Lr2vq.Kernels;

/// <summary>Which register tiles an instruction set has, and which of them serve rows of some width best.</summary>
internal readonly record struct TileShapes(Isa Isa)
{
    /// <summary>True if pixels can be taken one by one from anywhere.</summary>
    public bool Gathers => Vector256.IsHardwareAccelerated && Isa == Isa.Vector256;

    /// <summary>Most blocks of 16 output channels that a tile covers.</summary>
    public int MostBlocks => Isa switch { Isa.Vector512 => 4, Isa.Vector256 => 2, _ => 1 };

    /// <summary>True if rows of <paramref name="width"/> pixels are better cut across their ends: short rows would leave narrow tiles, and
    /// with 16 registers there is nothing to make up for that but reading more weights.</summary>
    public bool GathersFor(int width) => Gathers && width < 28 && width % MostPixels(1) != 0;

    /// <summary>Most pixels of a tile over so many blocks: what 32 registers (512-bit and ARM) or 16 hold.</summary>
    public int MostPixels(int blocks) => Isa switch
    {
        Isa.Vector512 => blocks switch { 1 or 2 => 14, 3 => 8, _ => 7 },
        Isa.Vector256 => blocks == 1 ? 6 : 3,
        Isa.Vector128 => AdvSimd.IsSupported ? 6 : 3,
        _ => 3,
    };

    /// <summary>How many blocks a tile should cover, and how many pixels at most, for rows of <paramref name="width"/> pixels.</summary>
    /// <param name="fewStreams">Weights of few blocks at a time, for wide rows.</param>
    /// <param name="deep">Weights stay in the first-level cache, inputs come from farther away: better once for two blocks.</param>
    public (int Blocks, int Pixels) Choose(int blocks, int width, bool fewStreams, bool deep = false)
    {
        if (Isa == Isa.Vector512)
        {
            int most = fewStreams ? 2 : 4, tiles = (blocks + most - 1) / most, each = (blocks + tiles - 1) / tiles;
            return (each, each == 1 ? 14 : 7);
        }
        if (Isa == Isa.Vector256 && blocks > 1 && ((deep && blocks % 2 == 0) || Cost(2, 3, width) < 2 * Cost(1, 6, width))) return (2, 3);
        return (1, MostPixels(1));
    }

    /// <summary>Cycles for one row and step, at two instructions a cycle and a latency of four.</summary>
    private static int Cost(int blocks, int most, int width)
    {
        int tiles = (width + most - 1) / most, pixels = width / tiles, wider = width % tiles;
        return wider * Math.Max(4, blocks * (pixels + 1)) + (tiles - wider) * Math.Max(4, blocks * pixels);
    }
}
