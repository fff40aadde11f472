using System;
using System.Runtime.InteropServices;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Lays planes of volumes side by side as images whose channels are the input channels and, for each, the taps along the depth.</summary>
/// <param name="channels">Of the volume.</param>
/// <param name="pixels">Of a plane.</param>
/// <param name="depth">The taps; one that starts at the plane itself for planes as they are.</param>
/// <param name="layout">Of the images.</param>
internal sealed unsafe class PlanePacking(int channels, long pixels, DepthWindow depth, TensorLayout layout)
{
    /// <summary>Pixels that are turned at once.</summary>
    private const int Tile = 64;

    private readonly int _rows = checked(channels * depth.Taps);

    /// <summary>Scratch of a thread.</summary>
    public const long TileFloats = 16 * Tile;

    /// <summary>Floats of an image.</summary>
    public long ImageFloats => layout == TensorLayout.Blocked ? (_rows + 15L) / 16 * 16 * pixels : _rows * pixels;

    /// <param name="x">The volumes, plain.</param>
    /// <param name="first">Number of the first image: those of a volume follow each other.</param>
    /// <param name="count">How many images.</param>
    /// <param name="images">Where they go.</param>
    /// <param name="tiles"><see cref="TileFloats"/> for each thread.</param>
    public void Run(ThreadTeam? team, float* x, long first, int count, float* images, float* tiles) =>
        Ranges.Run(team, (long)count * Blocks, Ranges.LeastMoved(16 * pixels), new BlockRange(this, x, first, images, tiles));

    private int Blocks => (_rows + 15) / 16;

    /// <summary>Blocks of sixteen channels of all images.</summary>
    private readonly struct BlockRange(PlanePacking packing, float* x, long first, float* images, float* tiles) : IRange
    {
        public void Do(long begin, long end, int slot)
        {
            for (long unit = begin; unit < end; unit++)
            {
                long number = unit / packing.Blocks;
                packing.Pack(x, first + number, (int)(unit % packing.Blocks) * 16, images + number * packing.ImageFloats, tiles + slot * TileFloats);
            }
        }
    }

    private void Pack(float* x, long number, int row, float* image, float* tile)
    {
        int rows = Math.Min(16, _rows - row);
        long volume = number / depth.Outputs, plane = number % depth.Outputs * depth.Stride - depth.Begin;
        x += volume * channels * depth.Inputs * pixels;
        if (layout == TensorLayout.Plain)
        {
            for (int r = 0; r < rows; r++) Copy(Plane(x, row + r, plane), 0, pixels, image + (row + r) * pixels);
            return;
        }
        float* to = image + row * pixels;
        if (depth.Taps == 1 && (ulong)plane < (ulong)depth.Inputs)
        {
            Transpose16.ToLanes(x + (row * (long)depth.Inputs + plane) * pixels, depth.Inputs * pixels, rows, pixels, to);
            return;
        }
        for (long pixel = 0; pixel < pixels; pixel += Tile)
        {
            long some = Math.Min(Tile, pixels - pixel);
            for (int r = 0; r < rows; r++) Copy(Plane(x, row + r, plane), pixel, some, tile + r * Tile);
            Transpose16.ToLanes(tile, Tile, rows, some, to + pixel * 16);
        }
    }

    /// <summary>The plane that a channel of an image is; null for zeros.</summary>
    private float* Plane(float* volume, int row, long plane)
    {
        plane += row % depth.Taps * (long)depth.Dilation;
        return (ulong)plane < (ulong)depth.Inputs ? volume + (row / depth.Taps * (long)depth.Inputs + plane) * pixels : null;
    }

    private static void Copy(float* plane, long pixel, long count, float* to)
    {
        if (plane == null) NativeMemory.Clear(to, (nuint)count * sizeof(float));
        else NativeMemory.Copy(plane + pixel, to, (nuint)count * sizeof(float));
    }
}
