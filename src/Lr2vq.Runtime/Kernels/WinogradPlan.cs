using System;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>How <see cref="WinogradConv"/> computes one convolution: blocks of tiles, chunks of input channels, panels of outputs, and
/// scratch memory. Numbers that follow from shapes, instruction set and threads alone; they print themselves.</summary>
/// <remarks>Fields, for the reason that <see cref="ConvGeometry"/> gives.</remarks>
internal sealed record WinogradPlan
{
    /// <summary>Multiply-adds of products that are worth a share.</summary>
    private const long LeastShare = 1 << 17;

    /// <summary>Most threads that each transform all input of a block of tiles, which costs less than reading what others have in their caches.</summary>
    private const int OwnTilesThreads = 4;

    /// <summary>Pixels of the widest register tile.</summary>
    private const int WidestTile = 7;

    public readonly ConvGeometry Geometry;
    public readonly ImageLayout Input, Output;
    /// <summary>Pixels on one side of a tile: of the output, of the input.</summary>
    public readonly int Outputs, Side;
    /// <summary>Products of a tile and a pair of channels.</summary>
    public readonly int Points;
    /// <summary>Tiles of an image in both directions, of all images, of a block.</summary>
    public readonly int TileRows, TileColumns, Tiles, TileBlock;
    /// <summary>Blocks of 16 channels.</summary>
    public readonly int InputBlocks, Blocks;
    /// <summary>Input channels of a chunk whose weights are transformed together, and the number of chunks.</summary>
    public readonly int Chunk, Chunks;
    /// <summary>Blocks of outputs of a panel, and the number of panels.</summary>
    public readonly int PanelBlocks, Panels;
    /// <summary>Blocks of outputs and tiles of a register tile.</summary>
    public readonly int ProductBlocks, ProductTiles;
    /// <summary>Transformed weights are made once for all blocks of tiles and shared.</summary>
    public readonly bool KeepsWeights;
    /// <summary>Each thread transforms the input that it needs.</summary>
    public readonly bool OwnTiles;
    /// <summary>Threads that work at the same time.</summary>
    public readonly int Slots;
    /// <summary>Floats from point to point of transformed input V, products M and weights U; from block to block of M and U.</summary>
    public readonly long VPoint, MPoint, UPoint, MBlock, UBlock;
    /// <summary>Transformed weights of a panel and chunk.</summary>
    public readonly long PanelFloats;
    /// <summary>Scratch memory in floats: biases, what threads share, and for each thread products, what only it needs, decoded weights, patch and tiles.</summary>
    public readonly long BiasFloats, SharedFloats, SlotFloats, MFloats, OwnFloats, UFloats, DecodedFloats, DecodeFloats, PatchFloats, TileFloats;
    public readonly long ScratchBytes;

    private WinogradPlan(in ConvGeometry geometry, in ConvWeights weights, int outputs, TileShapes tiles, int threads)
    {
        ConvGeometry g = Geometry = geometry;
        Input = new ImageLayout(TensorLayout.Blocked, g.InputChannels, g.InputHeight, g.InputWidth);
        Output = new ImageLayout(TensorLayout.Blocked, g.OutputChannels, g.OutputHeight, g.OutputWidth);
        (Outputs, Side) = (outputs, outputs + 2);
        Points = Side * Side;
        TileRows = (g.OutputHeight + outputs - 1) / outputs;
        TileColumns = (g.OutputWidth + outputs - 1) / outputs;
        (InputBlocks, Blocks) = (Input.Blocks, Output.Blocks);

        (Tiles, int parts, KeepsWeights) = WinogradBlocks.Of(g, outputs);
        if (Points * (long)Tiles * g.InputChannels * g.OutputChannels < 2 * LeastShare) threads = 1;
        Slots = threads;
        OwnTiles = !KeepsWeights && threads is > 1 and <= OwnTilesThreads;
        // Weights that are kept are shared: threads divide the blocks of tiles. Else they divide the panels of one block of tiles.
        if (KeepsWeights) parts = Math.Min(Tiles, (parts + threads - 1) / threads * threads);
        TileBlock = (Tiles + parts - 1) / parts;
        // The blocks are limited to multiples of the widest register tile; the JIT then compiles no narrower ones for all but the last.
        if (KeepsWeights && threads == 1) TileBlock = (TileBlock + WidestTile - 1) / WidestTile * WidestTile;

        int blocksOfShare = KeepsWeights ? Blocks : (Blocks + threads - 1) / threads;
        (ProductBlocks, ProductTiles) = tiles.Choose(blocksOfShare, TileBlock, fewStreams: false);
        int panelBlocks = 4;
        if (threads > 1 && !KeepsWeights)
        {
            // More shares: a thread waits less for the last one of another.
            panelBlocks = 2;
            if (ProductBlocks > 2) (ProductBlocks, ProductTiles) = (2, tiles.MostPixels(2));
        }
        PanelBlocks = Math.Min(blocksOfShare, Math.Max(1, panelBlocks / ProductBlocks) * ProductBlocks);
        Panels = (Blocks + PanelBlocks - 1) / PanelBlocks;
        Chunk = Math.Min(InputBlocks * 16, 64);
        Chunks = (InputBlocks * 16 + Chunk - 1) / Chunk;

        VPoint = (long)InputBlocks * TileBlock * 16 + 16;
        MBlock = TileBlock * 16L;
        MPoint = PanelBlocks * MBlock + 16;
        UBlock = Chunk * 16L + 16;
        UPoint = PanelBlocks * UBlock + 16;
        PanelFloats = Points * UPoint;

        BiasFloats = (Blocks + 4) * 16L;
        MFloats = Points * MPoint;
        UFloats = PanelFloats * (KeepsWeights ? (long)Panels * Chunks : 1);
        DecodedFloats = Chunk * 9L * 16;
        DecodeFloats = weights.Columns * 16L;
        PatchFloats = Points * 16L;
        TileFloats = outputs * outputs * 16L;
        long vFloats = Points * VPoint;
        OwnFloats = (KeepsWeights ? 0 : UFloats) + (KeepsWeights || OwnTiles ? vFloats : 0);
        SharedFloats = KeepsWeights ? UFloats : OwnTiles ? 0 : vFloats;
        SlotFloats = MFloats + OwnFloats + DecodedFloats + DecodeFloats + PatchFloats + 2 * TileFloats + 16;
        ScratchBytes = checked(4 * (BiasFloats + SharedFloats + Slots * SlotFloats));
    }

    /// <param name="outputs">Output pixels on one side of a tile: 4, or 2, which is more accurate.</param>
    public static WinogradPlan Of(in ConvGeometry geometry, in ConvWeights weights, int outputs, Isa isa, int threads = 1) =>
        new(geometry, weights, outputs, new TileShapes(isa), threads);
}
