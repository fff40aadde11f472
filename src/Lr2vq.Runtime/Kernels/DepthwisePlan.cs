using System;

namespace Lr2vq.Kernels;

/// <summary>How <see cref="DepthwiseConv"/> computes one convolution: register tiles or single pixels, padding, bands of rows and scratch
/// memory. Numbers that follow from shapes and threads alone; they print themselves.</summary>
/// <remarks>Fields, for the reason that <see cref="ConvGeometry"/> gives.</remarks>
internal sealed record DepthwisePlan
{
    /// <summary>Multiply-adds that are worth a share.</summary>
    private const long LeastShare = 1 << 16;

    /// <summary>Input rows that one call of a tile reads, so that all tiles of a row find them in the first-level cache.</summary>
    private const int BandBytes = 24 << 10;

    public readonly ConvGeometry Geometry;
    /// <summary>Neighbouring blocks of outputs that read the same block of inputs.</summary>
    public readonly int Copies;
    /// <summary>Register tiles serve.</summary>
    public readonly bool Tiled;
    /// <summary>Tiles of a row, and output rows of one call.</summary>
    public readonly int TileCount, TileRows;
    /// <summary>Output columns whose taps all lie inside the image.</summary>
    public readonly int InnerFirst, InnerLast;
    /// <summary>Images get zeros around them in scratch memory; rows so far apart there.</summary>
    public readonly bool Padded;
    public readonly long PaddedRow;
    /// <summary>Shares: a block of channels of all images, or a band of their rows if there are few blocks.</summary>
    public readonly int Threads, Blocks, Bands, BandRows;
    /// <summary>Scratch memory of a thread in floats.</summary>
    public readonly long SlotFloats;
    public readonly long ScratchBytes;

    private DepthwisePlan(in ConvGeometry geometry, int threads, int copies)
    {
        ConvGeometry g = Geometry = geometry;
        Copies = copies;
        Tiled = CanTile(g);
        if (Tiled)
        {
            TileCount = (g.OutputWidth + DepthwiseTiles.MostPixels - 1) / DepthwiseTiles.MostPixels;
            TileRows = Math.Max(1, (BandBytes / (g.InputWidth * 64) - (g.KernelHeight - 1) * g.DilationY) / g.StrideY);
        }
        InnerFirst = Math.Clamp((g.Left + g.StrideX - 1) / g.StrideX, 0, g.OutputWidth);
        int room = g.InputWidth - 1 - (g.KernelWidth - 1) * g.DilationX + g.Left;
        InnerLast = room < 0 ? InnerFirst : Math.Clamp(room / g.StrideX + 1, InnerFirst, g.OutputWidth);
        // Narrow images are mostly edges.
        Padded = !Tiled && g.OutputWidth < 40 && g.KernelHeight * g.KernelWidth > 1;
        PaddedRow = g.Columns * 16L;
        Blocks = (g.OutputChannels + 15) / 16;
        long rowWork = 16L * g.Taps * g.OutputWidth * g.Batch, work = rowWork * g.OutputHeight * Blocks;
        Threads = work < 2 * LeastShare ? 1 : threads;
        Bands = Threads == 1 || Blocks % Threads == 0 || Blocks >= 4 * Threads ? 1 : Math.Min(Threads, Math.Max(1, g.OutputHeight / 4));
        BandRows = Math.Max(1, (g.OutputHeight + Bands - 1) / Bands);
        SlotFloats = g.Taps * 32L + 16 + g.OutputWidth * 16L + (Padded ? g.RowsFor(BandRows) * PaddedRow : 0);
        ScratchBytes = checked(4 * SlotFloats * Threads);
    }

    /// <param name="copies">So many neighbouring blocks of outputs read the same block of inputs; the input has as many blocks less.</param>
    public static DepthwisePlan Of(in ConvGeometry geometry, int threads = 1, int copies = 1) => new(geometry, threads, copies);

    private static bool CanTile(in ConvGeometry g)
    {
        // Columns at the right whose taps all lie outside would need a tile that reads nothing; there are none with sensible padding.
        int right = g.Columns - g.Left - g.InputWidth;
        return g.DilationX == 1 && g.Left < g.KernelWidth && right < g.KernelWidth && DepthwiseTiles.Has(g.KernelWidth, g.StrideX);
    }
}
