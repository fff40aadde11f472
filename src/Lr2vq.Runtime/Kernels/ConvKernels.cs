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
        ConvForm form = decided != default && Forms(geometry, weight, input, output).Contains(decided) ? decided : Best(geometry, weight, input, output, isa);
        return Make(form, geometry, weight, epilogue, input, output, isa, threads);
    }

    /// <summary>What another form than the direct one has to gain: its time depends more on what else is in the caches.</summary>
    private const double Gain = 0.97;

    /// <summary>The cheapest form; the same on every machine.</summary>
    public static ConvForm Best(in ConvGeometry geometry, WeightTensor weight, TensorLayout input, TensorLayout output, Isa isa)
    {
        var best = new ConvForm(ConvMethod.Direct);
        double least = double.PositiveInfinity;
        foreach (ConvForm form in Forms(geometry, weight, input, output))
        {
            double cost = ConvCost.Of(form, geometry, weight, isa) * (form.Method == ConvMethod.Direct ? Gain : 1);
            if (cost < least) (best, least) = (form, cost);
        }
        return best;
    }

    /// <summary>All forms that serve a convolution.</summary>
    public static List<ConvForm> Forms(in ConvGeometry geometry, WeightTensor weight, TensorLayout input, TensorLayout output)
    {
        // A single channel is a group of its own.
        if (DepthwiseConv.Serves(geometry, input, output)) return FoldedConv.Serves(geometry) ? [new ConvForm(ConvMethod.Depthwise), new ConvForm(ConvMethod.Folded)] : [new ConvForm(ConvMethod.Depthwise)];
        if (LevelConv.Serves(geometry, weight) || (ProductConv.Serves(geometry, weight, input) && weight.AsByteCodebook() is null)) return [new ConvForm(ConvMethod.Direct)];
        var forms = new List<ConvForm>();
        foreach (ConvMethod method in Methods(geometry, weight, input, output)) forms.Add(new ConvForm(method));
        if (FoldedConv.Serves(geometry)) forms.Add(new ConvForm(ConvMethod.Folded));
        if (input != TensorLayout.Blocked) return forms;
        if (weight.AsFactors() is { } factors)
        {
            ConvGeometry first = FactoredConv.Stages(geometry, factors).First;
            foreach (ConvMethod method in Methods(first, factors.First, input, TensorLayout.Blocked))
                if (FactoredConv.Serves(method)) forms.Add(new ConvForm(method, Projected: true));
        }
        if (weight.AsProjected() is not { } projected) return forms;
        if (SharedFilterConv.Serves(geometry, projected)) forms.Add(new ConvForm(ConvMethod.Direct, Projected: true));
        else if (ProjectedConv.Serves(projected))
            foreach (ConvMethod method in Methods(ProjectedConv.Narrow(geometry, projected), projected.Narrow, input, output)) forms.Add(new ConvForm(method, Projected: true));
        return forms;
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

    private static List<ConvMethod> Methods(in ConvGeometry geometry, WeightTensor weight, TensorLayout input, TensorLayout output)
    {
        List<ConvMethod> methods = [ConvMethod.Direct];
        if (WinogradConv.Serves(geometry, input, output)) methods.AddRange([ConvMethod.WinogradTwo, ConvMethod.WinogradFour]);
        if (TableConv.Serves(geometry, weight, input, output)) methods.Add(ConvMethod.Table);
        if (RowWinogradConv.Serves(geometry, input, output)) methods.Add(ConvMethod.RowWinograd);
        return methods;
    }
}
