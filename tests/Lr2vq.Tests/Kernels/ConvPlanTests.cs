using System;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Plans of convolutions: records of numbers that one pure function makes.</summary>
public sealed class ConvPlanTests
{
    private static readonly Isa[] Sets = [Isa.Scalar, Isa.Vector128, Isa.Vector256, Isa.Vector512];

    /// <summary>What one plan prints, for layers that take different ways.</summary>
    [Fact]
    public void PlansAreAsRecorded()
    {
        var text = new StringBuilder();
        void Add(string name, object plan) => text.Append("# ").Append(name).Append('\n').Append(Wrap(plan.ToString()!)).Append('\n');
        ConvGeometry stem = Square(3, 64, 224, 7, 2, 3), inner = Square(64, 64, 56, 3, 1, 1), narrow = Square(1024, 256, 14, 1, 1, 0), picked = Square(256, 512, 56, 1, 2, 0);
        Add("stem 7x7, planar, 512 bits", Direct(stem, TensorLayout.Plain, TensorLayout.Blocked, Isa.Vector512, 1));
        Add("3x3, blocked, 256 bits, two threads", Direct(inner, TensorLayout.Blocked, TensorLayout.Blocked, Isa.Vector256, 2));
        Add("1x1, slabs, 512 bits", Direct(narrow, TensorLayout.Blocked, TensorLayout.Blocked, Isa.Vector512, 1));
        Add("1x1, every second pixel, two threads", Direct(picked, TensorLayout.Blocked, TensorLayout.Blocked, Isa.Vector512, 2));
        Add("Winograd 4x4, 512 bits", WinogradPlan.Of(inner, Weights(inner), 4, Isa.Vector512));
        Add("Winograd 2x2, 256 bits, two threads", WinogradPlan.Of(Square(512, 512, 7, 3, 1, 1), Weights(Square(512, 512, 7, 3, 1, 1)), 2, Isa.Vector256, 2));
        Add("rows by Winograd, 512 bits, two threads", RowWinogradPlan.Of(stem, Weights(stem), Isa.Vector512, 2));
        Add("tables 7x7, 512 bits", TablePlan.Of(Square(512, 512, 7, 3, 1, 1), new TableCodes(8, 256, 64), Isa.Vector512));
        Add("depthwise 3x3, two threads", DepthwisePlan.Of(Square(96, 96, 56, 3, 1, 1) with { Groups = 96 }, 2));
        global::Lr2vq.Testing.Golden.Check("conv-plans", text.ToString());
    }

    /// <summary>Shares cover every image, row, column and panel once, windows hold at least a pixel, and every part of scratch memory is there.</summary>
    [Property]
    public Property DirectPlansDivideAllWork() => Prop.ForAll(Geometries.ToArbitrary(), g =>
    {
        foreach (Isa isa in Sets)
            foreach (int threads in (int[])[1, 2, 5])
                foreach (TensorLayout layout in (TensorLayout[])[TensorLayout.Plain, TensorLayout.Blocked])
                {
                    DirectPlan plan = Direct(g, layout, TensorLayout.Blocked, isa, threads);
                    ConvGeometry p = plan.Geometry;
                    Covers(plan.Shares, ConvSplit.Images, p.Batch);
                    Covers(plan.Shares, ConvSplit.Rows, p.OutputHeight);
                    Covers(plan.Shares, ConvSplit.Columns, p.OutputWidth);
                    Covers(plan.Shares, ConvSplit.Panels, plan.Blocks);
                    Assert.InRange(plan.WindowRows, 1, p.OutputHeight);
                    Assert.InRange(plan.WindowColumns, 1, p.OutputWidth);
                    Assert.InRange(plan.TileBlocks, 1, plan.PanelBlocks);
                    Assert.InRange(plan.PanelBlocks, 1, plan.Blocks);
                    Assert.InRange(plan.Shares.Slots, 1, threads);
                    Assert.True(plan.Slabs * plan.SlabBlocks >= (p.GroupInputs + 15) / 16);
                    Assert.True(plan.SlotFloats >= plan.WeightFloats + plan.DecodeFloats + 2 * plan.RowFloats + plan.OffsetFloats + plan.WindowFloats * plan.Images);
                    Assert.Equal(4 * (plan.BiasFloats + plan.Shares.Slots * plan.SlotFloats), plan.ScratchBytes);
                }
    });

    /// <summary>The same arguments give equal plans: nothing else has a say.</summary>
    [Property]
    public Property PlansArePure() => Prop.ForAll(Geometries.ToArbitrary(), g =>
    {
        Assert.Equal(Direct(g, TensorLayout.Blocked, TensorLayout.Plain, Isa.Vector256, 2), Direct(g, TensorLayout.Blocked, TensorLayout.Plain, Isa.Vector256, 2));
        Assert.Equal(WinogradPlan.Of(g, Weights(g), 4, Isa.Vector512, 2), WinogradPlan.Of(g, Weights(g), 4, Isa.Vector512, 2));
        Assert.Equal(DepthwisePlan.Of(g, 2), DepthwisePlan.Of(g, 2));
    });

    private static string Wrap(string line)
    {
        var text = new StringBuilder();
        int width = 0;
        foreach (string word in line.Split(", "))
        {
            if (width > 0) text.Append(width + word.Length > 120 ? ",\n  " : ", ");
            width = width + word.Length > 120 ? word.Length : width + word.Length + 2;
            text.Append(word);
        }
        return text.ToString();
    }

    private static Gen<ConvGeometry> Geometries =>
        from inputs in Gen.OneOf(Gen.Choose(1, 40), Gen.Elements(64, 256, 1024))
        from outputs in Gen.OneOf(Gen.Choose(1, 40), Gen.Elements(64, 256, 512))
        from groups in Gen.Elements(1, 1, 1, 2, 3)
        from size in Gen.Choose(1, 60)
        from kernel in Gen.Choose(1, 5)
        from stride in Gen.Choose(1, 3)
        from batch in Gen.Choose(1, 5)
        select Square(inputs * groups, outputs * groups, size + kernel, kernel, stride, kernel / 2) with { Batch = batch, Groups = groups };

    private static ConvGeometry Square(int inputs, int outputs, int size, int kernel, int stride, int padding)
    {
        int output = (size + 2 * padding - kernel) / stride + 1;
        return new ConvGeometry
        {
            Batch = 1, InputChannels = inputs, InputHeight = size, InputWidth = size, OutputChannels = outputs, OutputHeight = output, OutputWidth = output,
            KernelHeight = kernel, KernelWidth = kernel, StrideY = stride, StrideX = stride, DilationY = 1, DilationX = 1, Top = padding, Left = padding, Groups = 1,
        };
    }

    private static ConvWeights Weights(in ConvGeometry g) => new(g.OutputChannels, g.GroupInputs * g.Taps, g.GroupInputs * g.Taps * 16L + 16, HasPanels: false);

    private static DirectPlan Direct(in ConvGeometry g, TensorLayout input, TensorLayout output, Isa isa, int threads) => DirectPlan.Of(g, Weights(g), input, output, isa, threads);

    private static void Covers(in ConvShares shares, ConvSplit split, int length)
    {
        int at = 0;
        int count = shares.Split == split ? shares.Count : 1;
        for (int share = 0; share < count; share++)
        {
            (int first, int last) = shares.Range(split, share, length);
            Assert.Equal(at, first);
            Assert.True(last > first);
            at = last;
        }
        Assert.Equal(length, at);
    }
}
