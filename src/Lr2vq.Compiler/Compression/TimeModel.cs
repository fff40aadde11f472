using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Metrics;
using Lr2vq.Evaluation;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>How long the steps take that read a weight, from shapes and formats alone: the same on every machine, no clock is asked. One image where the
/// batch is a symbol, likely lengths for other symbols; the mean for vectors of 512 and 256 bits, one thread.</summary>
/// <remarks>Convolutions count as <see cref="ConvCost"/> counts them; what decoding costs is told apart by format (<see cref="DecodeCosts"/>).</remarks>
internal sealed class TimeModel
{
    private static readonly Isa[] s_widths = [Isa.Vector512, Isa.Vector256];
    private const int Lanes = 16;

    private readonly KnownShapes _shapes;
    private readonly List<PlanStep>[] _steps;

    public TimeModel(Plan plan)
    {
        _shapes = new KnownShapes(plan, SampleShapes.Likely(plan));
        _steps = [.. plan.Weights.Select(_ => new List<PlanStep>())];
        Dictionary<string, int> weights = plan.Weights.Select((weight, i) => (weight.Value, i)).ToDictionary(StringComparer.Ordinal);
        foreach (PlanStep step in plan.Steps)
            if (step.Inputs.Count > 1 && step.Inputs[1] is { } name && weights.TryGetValue(name, out int weight) && Serves(step.Operator)) _steps[weight].Add(step);
    }

    /// <summary>Nanoseconds of a call in the steps that read a weight; 0 where nothing is known of them.</summary>
    /// <param name="weight">Its index in the Plan.</param>
    /// <param name="tensor">How it is encoded.</param>
    public double Of(int weight, EncodedTensor tensor) => _steps[weight].Count == 0 ? 0 : Verification.Open(tensor, opened => _steps[weight].Sum(step => Of(step, opened)));

    /// <summary>The same of a whole network.</summary>
    public double Of(IReadOnlyList<EncodedTensor> tensors) => tensors.Select((tensor, i) => Of(i, tensor)).Sum();

    private static bool Serves(string step) => step is "Conv" or "ConvTranspose" or "Gemm" or "LSTM" or "GRU" or "RNN";

    private double Of(PlanStep step, WeightTensor weight)
    {
        if (!_shapes.TryGet(step.Inputs[0]!, out TensorView input) || !_shapes.TryGet(step.Outputs[0].Value, out TensorView output)) return 0;
        if (step.Operator == "Conv" && !step.Attributes.Dimensions("pads").All(_shapes.IsKnown)) return 0;
        return s_widths.Average(isa => step.Operator == "Conv" ? OfConvolution(step, weight, input, output, isa) : OfProduct(step.Operator, weight, input, isa));
    }

    private double OfConvolution(PlanStep step, WeightTensor weight, TensorView input, TensorView output, Isa isa)
    {
        ConvGeometry geometry = _shapes.Geometry(step, input, output, weight);
        if (LevelConv.Serves(geometry, weight)) return OfFewPixels(weight, (double)geometry.Batch * geometry.OutputHeight * geometry.OutputWidth, isa);
        ConvForm form = ConvKernels.Best(geometry, weight, input.Layout, output.Layout, isa);
        Span<double> counts = stackalloc double[ConvCost.Parts];
        ConvCost.Count(form, geometry, weight, isa, counts);
        double decode = 0;
        if (!form.Projected)
        {
            Span<double> decoded = [counts[(int)CostPart.DecodeDense], counts[(int)CostPart.DecodeCodes], counts[(int)CostPart.DecodeLevels]];
            foreach (double vectors in decoded) decode += vectors * DecodeCosts.Of(DecodeCosts.KindOf(weight), isa).Decode;
            counts[(int)CostPart.DecodeDense] = counts[(int)CostPart.DecodeCodes] = counts[(int)CostPart.DecodeLevels] = 0;
        }
        return ConvCost.Sum(counts, isa) + decode;
    }

    /// <summary>Weights that are multiplied as they lie: the first pixel as one row, the others only multiply.</summary>
    private static double OfFewPixels(WeightTensor weight, double pixels, Isa isa) =>
        (double)weight.Columns * ((weight.Rows + Lanes - 1) / Lanes) * (DecodeCosts.Of(DecodeCosts.KindOf(weight), isa).Product + (pixels - 1) * Multiply(isa));

    /// <summary>Rows of a product, or the pixels of a transposed convolution, or the time steps of a recurrent layer.</summary>
    private static double OfProduct(string step, WeightTensor weight, TensorView input, Isa isa)
    {
        double vectors = (double)weight.Columns * ((weight.Rows + Lanes - 1) / Lanes), multiply = vectors * Multiply(isa);
        DecodeCost cost = DecodeCosts.Of(DecodeCosts.KindOf(weight), isa);
        switch (step)
        {
            case "Gemm":
                double rows = (double)input.Length / input.Shape[^1];
                if (rows == 1) return vectors * cost.Product;
                double left = weight.AsFactors() is { } factors ? factors.Rank * ((double)weight.Rows + weight.Columns) / ((double)weight.Rows * weight.Columns) : 1;
                return vectors * cost.Decode + rows * multiply * left;
            case "ConvTranspose":
                return vectors * cost.Decode + multiply * input.Shape[0] * input.Shape[2] * input.Shape[3] / weight.Groups;
            default:
                (double times, double sequences) = (input.Shape[0], input.Shape[1]);
                if (sequences > 1) return vectors * cost.Decode + times * sequences * multiply;
                // Panels are made once, and lie near then.
                return weight.HasProducts ? times * vectors * cost.Product : vectors * (cost.Decode + times * Near(isa));
        }
    }

    private static double Multiply(Isa isa)
    {
        Span<double> counts = stackalloc double[ConvCost.Parts];
        counts.Clear();
        counts[(int)CostPart.Multiply] = 1;
        return ConvCost.Sum(counts, isa);
    }

    private static double Near(Isa isa) => DecodeCosts.Of(DecodeKind.Levels, isa) is var levels ? levels.Product - levels.Decode : 0;
}
