using System;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>How <see cref="DirectConv"/> computes one convolution: source, tiles, panels, windows, shares and scratch memory. Numbers that
/// follow from shapes, layouts, instruction set and threads alone; they print themselves.</summary>
/// <remarks>Fields, for the reason that <see cref="ConvGeometry"/> gives.</remarks>
internal sealed partial record DirectPlan
{
    private const long AllPanels = 1 << 20, OnePanel = 700 << 10, WindowBytes = 192 << 10, ImagesBytes = 4 << 20;

    /// <summary>Fewest rows of a share: windows of neighbours overlap.</summary>
    private const int LeastRows = 4;

    /// <summary>A cache line for what the scratch memory of a thread holds.</summary>
    public const int HeldFloats = 16;

    /// <summary>The convolution; a pointwise one may have become a single row.</summary>
    public readonly ConvGeometry Geometry;
    public readonly ImageLayout Input, Output;
    public readonly DirectSource Source;
    /// <summary>All pixels of an image are one row.</summary>
    public readonly bool Flat;
    /// <summary>Tiles are cut across the ends of rows.</summary>
    public readonly bool Gathered;
    /// <summary>Tiles write where the output is.</summary>
    public readonly bool Direct;
    /// <summary>Weights are read where they are.</summary>
    public readonly bool WeightsInPlace;
    /// <summary>Width and strides of the lines that pixels are picked from.</summary>
    public readonly int LineWidth, LineStrideX, LineStrideY;
    /// <summary>Floats from the input of a pixel to that of the next.</summary>
    public readonly int PixelStep;
    /// <summary>Blocks of 16 output channels: of a group, of a tile, of a panel.</summary>
    public readonly int Blocks, TileBlocks, PanelBlocks;
    /// <summary>Most pixels of a tile.</summary>
    public readonly int TilePixels;
    /// <summary>Parts of the input channels that are summed one after the other, and the blocks of each.</summary>
    public readonly int Slabs, SlabBlocks;
    public readonly ConvShares Shares;
    /// <summary>A share decodes its weights once, then windows pass; else each panel passes over whole images.</summary>
    public readonly bool DecodeAll;
    /// <summary>Output rows and columns of a window, and the images whose windows are filled together.</summary>
    public readonly int WindowRows, WindowColumns, Images;
    /// <summary>Floats of a block of weights; from row to row, and from block to block, of the input that tiles read.</summary>
    public readonly long WeightBlock, XRow, XBlock;
    /// <summary>Scratch memory in floats: biases once, all else for each thread.</summary>
    public readonly long BiasFloats, WeightFloats, DecodeFloats, RowFloats, OffsetFloats, WindowFloats, SlotFloats;
    public readonly long ScratchBytes;

    private DirectPlan(in ConvGeometry geometry, in ConvWeights weights, TensorLayout input, TensorLayout output, TileShapes tiles, int threads)
    {
        Input = new ImageLayout(input, geometry.InputChannels, geometry.InputHeight, geometry.InputWidth);
        Output = new ImageLayout(output, geometry.OutputChannels, geometry.OutputHeight, geometry.OutputWidth);
        (LineWidth, LineStrideX, LineStrideY) = (geometry.OutputWidth, geometry.StrideX, geometry.StrideY);
        bool wholeBlocks = input == TensorLayout.Blocked && (geometry.Groups == 1 || geometry.GroupInputs % 16 == 0);
        bool pointwise = geometry.Taps == 1 && geometry.Top == 0 && geometry.Left == 0 && geometry.StaysInside;
        bool whole = pointwise && geometry.StrideX == 1 && geometry.StrideY == 1
            && geometry.OutputHeight == geometry.InputHeight && geometry.OutputWidth == geometry.InputWidth;
        // Lines of which only every other pixel is used are worth a copy of the input if there are many outputs; fewer if few registers make short rows slow.
        bool picked = pointwise && !whole && wholeBlocks && (geometry.StrideX > 2 || geometry.GroupOutputs >= (tiles.Isa == Isa.Vector512 ? 512 : 256));
        Flat = whole || picked;
        ConvGeometry g = Flat ? AsRow(geometry) : geometry;
        if (whole) Input = Input with { Height = 1, Width = g.InputWidth };
        if (Flat) Output = Output with { Height = 1, Width = g.OutputWidth };
        Geometry = g;
        Source = input == TensorLayout.Plain && g.InputChannels <= 4 && g.Groups == 1 ? DirectSource.Planar
            : picked ? DirectSource.Picked
            : wholeBlocks && pointwise ? DirectSource.InPlace
            : g.StrideX <= 2 ? DirectSource.Window
            : DirectSource.Columns;
        Direct = output == TensorLayout.Blocked && (g.Groups == 1 || g.GroupOutputs % 16 == 0);
        PixelStep = (Source == DirectSource.Planar ? 1 : 16) * (g.StrideX <= 2 ? g.StrideX : 1);

        Blocks = (g.GroupOutputs + 15) / 16;
        WeightBlock = weights.PanelPitch;
        WeightsInPlace = Source != DirectSource.Planar && (g.Groups == 1 || g.GroupOutputs % 16 == 0) && weights.HasPanels;
        Gathered = Direct && !Flat && Source is DirectSource.Window or DirectSource.Columns && tiles.GathersFor(g.OutputWidth);
        bool deep = Direct && Source != DirectSource.Planar && g.Taps == 1 && g.GroupInputs > SlabInputs;
        (TileBlocks, TilePixels) = Gathered ? (1, tiles.MostPixels(1)) : tiles.Choose(Blocks, g.OutputWidth, fewStreams: g.Taps == 1 && g.OutputWidth >= 784, deep);
        while (TileBlocks > 1 && TileBlocks * WeightBlock * 4 > OnePanel) TileBlocks = (TileBlocks + 1) / 2;
        (Slabs, SlabBlocks) = deep ? CutInputs(g, TileBlocks, TilePixels) : (1, (g.GroupInputs + 15) / 16);
        // Panels of up to four blocks; fewer when they would not stay in the second-level cache.
        PanelBlocks = Math.Min(Blocks, Math.Max(1, 4 / TileBlocks) * TileBlocks);
        if (PanelBlocks * WeightBlock * 4 > OnePanel) PanelBlocks = TileBlocks;

        // A panel of weights that no share needs twice, if there are enough; a map of 14 × 14 still divides well by rows.
        ConvShares shares = ConvShares.Of(g, Flat, heavy: weights.Rows * (long)weights.Columns * 4 > AllPanels, threads);
        if (shares.Split == ConvSplit.Panels) PanelBlocks = Math.Min(PanelBlocks, shares.Size);
        TileBlocks = Math.Min(TileBlocks, PanelBlocks);
        int imagesOfShare = shares.LengthOf(ConvSplit.Images, g.Batch);
        (DecodeAll, WindowRows, WindowColumns) = CutWindows(shares, imagesOfShare);

        // Several shares for each thread, where it needs no more weights and windows for them.
        bool fits = g.Groups == 1 && Blocks * WeightBlock * 4 <= AllPanels;
        (int length, int unit, int least) = shares.Split switch
        {
            ConvSplit.Rows when fits => (g.OutputHeight, 1, LeastRows),
            ConvSplit.Columns when fits => (g.OutputWidth, 14, 28),
            ConvSplit.Panels when g.Groups == 1 => (Blocks, PanelBlocks, PanelBlocks),
            _ => (0, 0, 0),
        };
        if (length > 0 && shares.Cut(g, length, unit, least) is { } smaller)
        {
            shares = smaller;
            DecodeAll |= shares.Split != ConvSplit.Panels;
            if (shares.Split == ConvSplit.Rows) WindowRows = Math.Min(WindowRows, shares.Size);
            if (shares.Split == ConvSplit.Columns) WindowColumns = Math.Min(WindowColumns, shares.Size);
        }
        Shares = shares with { Slots = Math.Min(threads, shares.Count) };

        (XRow, XBlock, WindowFloats) = WindowStrides();
        Images = DecodeAll ? 1
            : Source == DirectSource.InPlace ? imagesOfShare
            : (int)Math.Clamp(ImagesBytes / Math.Max(1, WindowFloats * 4), 1, imagesOfShare);

        BiasFloats = CacheLines.Up(g.OutputChannels + 32);
        WeightFloats = WeightsInPlace ? 0 : CacheLines.Up((!DecodeAll ? PanelBlocks : Shares.LengthOf(ConvSplit.Panels, Blocks)) * WeightBlock);
        DecodeFloats = CacheLines.Up(weights.Columns * 16L * (Source == DirectSource.Planar ? 2 : 1));
        RowFloats = Direct ? 0 : PanelBlocks * WindowColumns * 16L;
        OffsetFloats = Gathered ? CacheLines.Up(WindowRows * WindowColumns) : 0;
        // One input row, before it is copied once for each kernel column.
        long columnsRow = Source == DirectSource.Columns ? g.Columns * 16L : 0;
        SlotFloats = checked(CacheLines.Up(WeightFloats + DecodeFloats + 2 * RowFloats + OffsetFloats + WindowFloats * Images + columnsRow) + HeldFloats);
        ScratchBytes = checked(4 * (BiasFloats + Shares.Slots * SlotFloats));
    }

    public static DirectPlan Of(in ConvGeometry geometry, in ConvWeights weights, TensorLayout input, TensorLayout output, Isa isa, int threads = 1) =>
        new(geometry, weights, input, output, new TileShapes(isa), threads);

    /// <summary>A pointwise convolution as one row of all its pixels.</summary>
    private static ConvGeometry AsRow(in ConvGeometry g)
    {
        int pixels = g.OutputHeight * g.OutputWidth;
        return g with { InputHeight = 1, InputWidth = pixels, OutputHeight = 1, OutputWidth = pixels, StrideX = 1, StrideY = 1 };
    }

    /// <summary>Windows that stay in the cache too, if all weights can be decoded beside them; else each panel passes over whole images.</summary>
    private (bool DecodeAll, int Rows, int Columns) CutWindows(in ConvShares shares, int imagesOfShare)
    {
        int height = shares.LengthOf(ConvSplit.Rows, Geometry.OutputHeight), width = shares.LengthOf(ConvSplit.Columns, Geometry.OutputWidth);
        if (Blocks * WeightBlock * 4 > AllPanels) return (false, height, width);
        long channels = Source == DirectSource.Planar ? Geometry.InputChannels : (Geometry.GroupInputs + 15) / 16 * 16;
        int rows = height, columns = width;
        if (Flat)
        {
            // Windows of equal size, in whole tiles.
            long most = Math.Max(28, WindowBytes / (channels * 4) / 28 * 28), windows = (width + most - 1) / most;
            columns = (int)Math.Min(width, (width + windows * 28 - 1) / (windows * 28) * 28);
        }
        else
        {
            int pixels = Source == DirectSource.InPlace ? Geometry.OutputWidth : Geometry.Columns, copies = Source == DirectSource.Columns ? Math.Max(1, Geometry.KernelWidth / Geometry.StrideX) : 1;
            long rowBytes = channels * 4 * pixels * copies * (Source == DirectSource.InPlace ? 1 : Geometry.StrideY);
            long fitting = WindowBytes / Math.Max(1, rowBytes) - Geometry.KernelHeight * Geometry.DilationY / Geometry.StrideY;
            rows = (int)Math.Clamp(fitting, Math.Min(4, height), height);
        }
        return (rows < height || columns < width || imagesOfShare > 1, rows, columns);
    }

    private (long Row, long Block, long Floats) WindowStrides()
    {
        ConvGeometry g = Geometry;
        long rows = g.RowsFor(WindowRows), columns = (WindowColumns - 1L) * g.StrideX + (g.KernelWidth - 1L) * g.DilationX + 1;
        long blocks = (g.GroupInputs + 15) / 16, block;
        switch (Source)
        {
            case DirectSource.InPlace:
                return (Input.Width * 16L, Input.Pixels * 16, 0);
            case DirectSource.Planar:
                long row = g.StrideX <= 2 ? columns : (long)WindowColumns * g.KernelWidth;
                block = rows * row;
                return (row, block, CacheLines.Up(block * g.InputChannels));
            case DirectSource.Picked:
                return (0, columns * 16, columns * 16 * blocks);
            case DirectSource.Columns:
                block = rows * WindowColumns * g.KernelWidth * 16 + 16;
                return ((long)WindowColumns * g.KernelWidth * 16, block, block * blocks);
            default:
                block = rows * columns * 16 + 16;
                return (columns * 16, block, block * blocks);
        }
    }
}
