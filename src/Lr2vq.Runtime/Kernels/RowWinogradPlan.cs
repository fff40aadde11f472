using System;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>How <see cref="RowWinogradConv"/> computes one convolution: groups of tiles, bands of rows, shares and scratch memory. Numbers
/// that follow from shapes, instruction set and threads alone; they print themselves.</summary>
/// <remarks>Fields, for the reason that <see cref="ConvGeometry"/> gives.</remarks>
internal sealed record RowWinogradPlan
{
    /// <summary>Numbers of a column: two halves of up to four channels.</summary>
    public const int Numbers = 8;

    /// <summary>Transformed input that stays in the second-level cache.</summary>
    private const int WindowBytes = 320 << 10;
    /// <summary>Multiply-adds that are worth a share.</summary>
    private const long LeastShare = 1 << 18;

    public readonly ConvGeometry Geometry;
    /// <summary>Blocks of 16 output channels, and those of a register tile.</summary>
    public readonly int Blocks, TileBlocks;
    /// <summary>Tiles of a row, those whose products are made together, and those of a register tile.</summary>
    public readonly int Tiles, Group, TilePixels;
    /// <summary>Rows of an inner product: kernel rows, channels and halves.</summary>
    public readonly int Depth;
    /// <summary>Output rows of a share, and those whose input is transformed at once.</summary>
    public readonly int Slots, Shares, ShareRows, BandRows;
    /// <summary>Floats of a row of transformed input; of the weights, and the products, of a point.</summary>
    public readonly long Line, PointWeights, PointProducts;
    /// <summary>Scratch memory in floats: biases and transformed weights once, all else for each thread.</summary>
    public readonly long BiasFloats, WeightFloats, DecodeFloats, WindowFloats, RowFloats, ProductFloats, SlotFloats;
    public readonly long ScratchBytes;

    private RowWinogradPlan(in ConvGeometry geometry, in ConvWeights weights, TileShapes tiles, int threads)
    {
        ConvGeometry g = Geometry = geometry;
        Blocks = (g.OutputChannels + 15) / 16;
        Tiles = (g.OutputWidth + RowWinograd.Outputs - 1) / RowWinograd.Outputs;
        Depth = g.InputChannels * g.KernelHeight * 2;
        // Tiles whose products stay in the first-level cache.
        int most = tiles.Isa == Isa.Vector512 ? 7 : 12, groups = (Tiles + most - 1) / most;
        Group = (Tiles + groups - 1) / groups;
        (TileBlocks, TilePixels) = tiles.Choose(Blocks, Group, fewStreams: false);

        long work = (long)Depth * RowWinograd.Points * Tiles * g.OutputHeight * g.OutputChannels * g.Batch;
        Slots = (int)Math.Clamp(work / LeastShare, 1, Math.Min(threads, g.OutputHeight));
        Line = (long)RowWinograd.Points * Tiles * Numbers;
        long rows = WindowBytes / (Line * 4);
        int heightOfThread = (g.OutputHeight + Slots - 1) / Slots;
        int bandRows = (int)Math.Clamp((rows - g.KernelHeight) / g.StrideY + 1, 1, heightOfThread);
        // Equal bands, as many for each thread, one a share: a helper that comes late does fewer.
        int bands = (heightOfThread + bandRows - 1) / bandRows * Slots;
        ShareRows = Slots == 1 ? g.OutputHeight : (g.OutputHeight + bands - 1) / bands;
        Shares = (g.OutputHeight + ShareRows - 1) / ShareRows;
        BandRows = Math.Min(bandRows, ShareRows);

        PointWeights = (long)Blocks * Depth * 16;
        // One more vector than needed: strides that were powers of two would make points share a cache set.
        PointProducts = (long)TileBlocks * Group * 16 + 16;
        BiasFloats = Blocks * 16L;
        WeightFloats = RowWinograd.Points * PointWeights;
        DecodeFloats = 2L * weights.Columns * 16;
        WindowFloats = CacheLines.Up(Line * g.RowsFor(BandRows));
        RowFloats = CacheLines.Up((Tiles + 1L) * RowWinograd.Outputs * Numbers);
        ProductFloats = RowWinograd.Points * PointProducts + 128;
        SlotFloats = DecodeFloats + WindowFloats + RowFloats + ProductFloats;
        ScratchBytes = checked(4 * (BiasFloats + WeightFloats + Slots * SlotFloats));
    }

    public static RowWinogradPlan Of(in ConvGeometry geometry, in ConvWeights weights, Isa isa, int threads = 1) =>
        new(geometry, weights, new TileShapes(isa), threads);
}
