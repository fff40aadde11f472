using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>What planning by tables asks of codes: numbers, no values.</summary>
/// <param name="M">Size of a subvector: input channels of a group.</param>
/// <param name="Count">Entries.</param>
/// <param name="Groups">Groups of input channels.</param>
internal readonly record struct TableCodes(int M, int Count, int Groups)
{
    public static TableCodes Of(ByteCodebook codes) => new(codes.M, codes.Count, codes.Groups);
}

/// <summary>How <see cref="TableConv"/> computes one convolution: tables that are made together, halves and parts that are summed apart, and
/// scratch memory. Numbers that follow from shapes, instruction set and threads alone; they print themselves.</summary>
/// <remarks>Fields, for the reason that <see cref="ConvGeometry"/> gives.</remarks>
internal sealed unsafe record TablePlan
{
    /// <summary>Bytes of the tables of several groups, for pixels in planes and for pointwise convolutions, which add less of each; of one table.</summary>
    private const long Tables = 192 << 10, PointwiseTables = 384 << 10, OneTable = 384 << 10;

    /// <summary>Groups that are worth two halves.</summary>
    private const int FewestGroups = 4;

    public readonly ConvGeometry Geometry;
    public readonly TableLayout Layout;
    public readonly ImageLayout Input;
    /// <summary>Instruction set of the last block of pixels.</summary>
    public readonly Isa LastIsa;
    /// <summary>Output pixels of an image, and the blocks that they are cut into.</summary>
    public readonly int Pixels, Blocks;
    /// <summary>Blocks of 16 output channels.</summary>
    public readonly int OutputBlocks;
    /// <summary>Parts of the groups that are summed apart, for any number of threads, and the groups of each.</summary>
    public readonly int Halves, HalfGroups;
    /// <summary>Parts of the output channels, and the blocks of each.</summary>
    public readonly int Parts, PartBlocks;
    /// <summary>Groups whose tables are made before they are added.</summary>
    public readonly int Together;
    /// <summary>Scratch memory in floats: entries, biases and scales, sums of a half, and for each thread input, tables, sums, a tile and steps.</summary>
    public readonly long EntryFloats, BiasFloats, HalfFloats, XFloats, TableFloats, YFloats, TileFloats, StepFloats, SlotFloats;
    public readonly long ScratchBytes;

    private TablePlan(in ConvGeometry geometry, in TableCodes codes, Isa isa, int threads)
    {
        ConvGeometry g = Geometry = geometry;
        Input = new ImageLayout(TensorLayout.Blocked, g.InputChannels, g.InputHeight, g.InputWidth);
        OutputBlocks = (g.OutputChannels + 15) / 16;
        Pixels = checked(g.OutputHeight * g.OutputWidth);
        Blocks = 1;
        LastIsa = isa;
        Layout = new TableLayout(g, isa);
        if (Layout.Pointwise)
        {
            Blocks = (Pixels + TableLayout.BlockPixels - 1) / TableLayout.BlockPixels;
            // A few pixels that are left over take narrower vectors.
            int last = Pixels - (Blocks - 1) * TableLayout.BlockPixels;
            if (last <= 8) LastIsa = last <= 4 ? Less(isa, Isa.Vector128) : Less(isa, Isa.Vector256);
        }
        int images = Blocks * g.Batch;
        Halves = !Layout.Pointwise && images == 1 && codes.Groups >= FewestGroups ? 2 : 1;
        HalfGroups = (codes.Groups + Halves - 1) / Halves;
        Parts = Math.Clamp((threads + images * Halves - 1) / (images * Halves), 1, OutputBlocks);
        PartBlocks = (OutputBlocks + Parts - 1) / Parts;
        Together = TogetherOf(Layout, codes);

        EntryFloats = CacheLines.Up((long)codes.M * codes.Count);
        BiasFloats = OutputBlocks * 16L;
        XFloats = Input.Blocks * 16L * Layout.Lanes;
        TableFloats = Together * codes.Count * (long)Layout.Row + Layout.Before + Layout.Beyond;
        HalfFloats = Halves == 1 ? 0 : OutputBlocks * 16L * Layout.OutputLanes;
        YFloats = Halves == 1 ? PartBlocks * 16L * Layout.OutputLanes : 0;
        TileFloats = Math.Max(Layout.OutputLanes, g.InputWidth) * 16L;
        StepFloats = CacheLines.Up((long)Together * g.Taps * sizeof(TableStep) / 4);
        SlotFloats = XFloats + TableFloats + YFloats + TileFloats + StepFloats;
        ScratchBytes = checked(4 * (EntryFloats + 2 * BiasFloats + Halves * HalfFloats + threads * SlotFloats));
    }

    public static TablePlan Of(in ConvGeometry geometry, in TableCodes codes, Isa isa, int threads = 1) => new(geometry, codes, isa, threads);

    /// <summary>True if a table stays in the second-level cache.</summary>
    public static bool Serves(in ConvGeometry g, in TableCodes codes) => new TableLayout(g, Isa.Scalar).Row * 4L * codes.Count <= OneTable;

    /// <summary>What there is to do, in vectors: multiply-adds of products, products stored, rows of tables added, sums written.</summary>
    public static (double Multiplied, double Stored, double Added, double Summed) WorkOf(in ConvGeometry g, in TableCodes codes, Isa isa)
    {
        var layout = new TableLayout(g, isa);
        // Pixels that are left over cost as much as a vector.
        double pixels = layout.Pointwise ? CacheLines.Up((long)g.OutputHeight * g.OutputWidth) : layout.Seven ? g.OutputHeight * g.OutputWidth : layout.OutputLanes;
        double stored = g.Batch * (layout.Pointwise ? pixels : layout.Lanes) / 16 * codes.Groups * codes.Count, sums = g.Batch * pixels / 16 * g.OutputChannels;
        int together = TogetherOf(layout, codes);
        return (stored * codes.M, stored, sums * g.Taps * codes.Groups, sums * ((codes.Groups + together - 1) / together));
    }

    /// <summary>How many groups have their tables at the same time: equal parts.</summary>
    private static int TogetherOf(in TableLayout layout, in TableCodes codes)
    {
        int most = (int)Math.Clamp((layout.Pointwise ? PointwiseTables : Tables) / (layout.Row * 4L * codes.Count), 1, codes.Groups);
        int passes = (codes.Groups + most - 1) / most;
        return (codes.Groups + passes - 1) / passes;
    }

    private static Isa Less(Isa a, Isa b) => a < b ? a : b;
}
