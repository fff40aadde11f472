using System;
using System.Collections.Generic;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Which form a convolution takes: the one that was decided before, if it serves, else the cheapest by <see cref="ConvCost"/>.</summary>
internal static class ConvKernels
{
    /// <param name="decided">A form that the artifact names; what does not serve these shapes is passed over.</param>
    public static IConvKernel Choose(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa,
        int threads = 1, ConvForm decided = default)
    {
        ConvForm form = decided.Method != ConvMethod.Auto && Serves(decided, geometry, weight, input, output) ? decided : Best(geometry, weight, input, output, isa);
        return Make(form, geometry, weight, epilogue, input, output, isa, threads);
    }

    /// <summary>All forms as files have them, in the order in which the first of those that cost the same is taken.</summary>
    public static ReadOnlySpan<byte> Numbers =>
    [
        (byte)ConvMethod.Depthwise, (byte)ConvMethod.Direct, (byte)ConvMethod.WinogradTwo, (byte)ConvMethod.WinogradFour, (byte)ConvMethod.Table, (byte)ConvMethod.RowWinograd, (byte)ConvMethod.Folded,
        ConvForm.ProjectedBit | (byte)ConvMethod.Direct, ConvForm.ProjectedBit | (byte)ConvMethod.WinogradTwo, ConvForm.ProjectedBit | (byte)ConvMethod.WinogradFour, ConvForm.ProjectedBit | (byte)ConvMethod.Table,
    ];

    /// <summary>What another form than the direct one has to gain: its time depends more on what else is in the caches.</summary>
    private const double Gain = 0.97;

    /// <summary>The cheapest form; the same on every machine.</summary>
    public static ConvForm Best(in ConvGeometry geometry, WeightTensor weight, TensorLayout input, TensorLayout output, Isa isa)
    {
        var best = new ConvForm(ConvMethod.Direct);
        double least = double.PositiveInfinity;
        foreach (byte number in Numbers)
        {
            ConvForm form = ConvForm.Of(number);
            if (!Serves(form, geometry, weight, input, output)) continue;
            double cost = ConvCost.Of(form, geometry, weight, isa) * (form.Method == ConvMethod.Direct ? Gain : 1);
            if (cost < least) (best, least) = (form, cost);
        }
        return best;
    }

    /// <summary>All forms that serve a convolution.</summary>
    public static List<ConvForm> Forms(in ConvGeometry geometry, WeightTensor weight, TensorLayout input, TensorLayout output)
    {
        var forms = new List<ConvForm>();
        foreach (byte number in Numbers)
            if (Serves(ConvForm.Of(number), geometry, weight, input, output)) forms.Add(ConvForm.Of(number));
        return forms;
    }

    /// <summary>Whether a form serves a convolution.</summary>
    public static bool Serves(ConvForm form, in ConvGeometry geometry, WeightTensor weight, TensorLayout input, TensorLayout output)
    {
        // A single channel is a group of its own.
        if (DepthwiseConv.Serves(geometry, input, output)) return !form.Projected && (form.Method == ConvMethod.Depthwise || (form.Method == ConvMethod.Folded && FoldedConv.Serves(geometry)));
        if (LevelConv.Serves(geometry, weight) || (ProductConv.Serves(geometry, weight, input) && weight.AsByteCodebook() is null)) return form is { Method: ConvMethod.Direct, Projected: false };
        if (!form.Projected) return form.Method == ConvMethod.Folded ? FoldedConv.Serves(geometry) : Serves(form.Method, geometry, weight, input, output);
        if (input != TensorLayout.Blocked) return false;
        if (weight.AsFactors() is { } factors && FactoredConv.Serves(form.Method))
        {
            ConvGeometry first = FactoredConv.Stages(geometry, factors).First;
            if (Serves(form.Method, first, factors.First, input, TensorLayout.Blocked)) return true;
        }
        if (weight.AsProjected() is not { } projected) return false;
        if (SharedFilterConv.Serves(geometry, projected)) return form.Method == ConvMethod.Direct;
        return ProjectedConv.Serves(projected) && Serves(form.Method, ProjectedConv.Narrow(geometry, projected), projected.Narrow, input, output);
    }

    public static IConvKernel Make(ConvForm form, in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output,
        Isa isa, int threads = 1) => form switch
    {
        { Projected: true } when weight.AsProjected() is { Spatial: true } spatial => new SharedFilterConv(geometry, spatial, epilogue, output, isa, threads),
        { Projected: true } when weight.AsFactors() is { } factors => new FactoredConv(form.Method, geometry, factors, epilogue, output, isa, threads),
        { Projected: true } => new ProjectedConv(form.Method, geometry, weight.AsProjected()!, epilogue, output, isa, threads),
        { Method: ConvMethod.Depthwise } => new DepthwiseConv(geometry, weight, epilogue, isa, threads),
        { Method: ConvMethod.Direct } when ProductConv.Serves(geometry, weight, input) => new ProductConv(geometry, weight, epilogue, input, output, isa, threads),
        { Method: ConvMethod.Direct } when LevelConv.Serves(geometry, weight) => new LevelConv(geometry, weight.AsLevels()!, epilogue, input, output, isa, threads),
        { Method: ConvMethod.Direct } => new DirectConv(geometry, weight, epilogue, input, output, isa, threads),
        { Method: ConvMethod.WinogradTwo } => new WinogradConv(geometry, weight, epilogue, 2, isa, threads),
        { Method: ConvMethod.WinogradFour } => new WinogradConv(geometry, weight, epilogue, 4, isa, threads),
        { Method: ConvMethod.Table } => new TableConv(geometry, weight, epilogue, isa, threads),
        { Method: ConvMethod.RowWinograd } => new RowWinogradConv(geometry, weight, epilogue, isa, threads),
        { Method: ConvMethod.Folded } => new FoldedConv(geometry, weight, epilogue, input, output, isa, threads),
        _ => throw new ArgumentOutOfRangeException(nameof(form)),
    };

    private static bool Serves(ConvMethod method, in ConvGeometry geometry, WeightTensor weight, TensorLayout input, TensorLayout output) => method switch
    {
        ConvMethod.Direct => true,
        ConvMethod.WinogradTwo or ConvMethod.WinogradFour => WinogradConv.Serves(geometry, input, output),
        ConvMethod.Table => TableConv.Serves(geometry, weight, input, output),
        ConvMethod.RowWinograd => RowWinogradConv.Serves(geometry, input, output),
        _ => false,
    };
}
