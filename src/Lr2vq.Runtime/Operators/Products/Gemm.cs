using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>A product with a weight: y [.., N] = activation(alpha·x [.., K] · w + beta·bias); what ONNX Gemm and MatMul with a constant
/// right operand become.</summary>
public sealed class Gemm : Operator, IOperator<Gemm>
{
    private readonly Epilogue _epilogue;
    private readonly float _alpha, _beta;
    private WeightTensor? _weight;

    private Gemm(StepAttributes attributes)
    {
        _epilogue = Epilogue.Read(attributes);
        _alpha = attributes.Float("alpha", 1f);
        _beta = attributes.Float("beta", 1f);
    }

    /// <inheritdoc/>
    public static Gemm Read(StepAttributes attributes) => new(attributes);

    internal override void Bind(BindContext context) => _weight = context.TakeWeight(1);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 3);
        rules.Plain();
        Extent[] x = rules.Input(0).IsLike(ElementType.Float32).HasRank(1, int.MaxValue).Shape;
        RuleTensor weight = rules.Input(1).IsLike(ElementType.Float32).HasRank(2).HasRole(WeightRole.Gemm, WeightRole.MatMul);
        bool transposed = weight.Role == WeightRole.Gemm;
        Extent k = weight[transposed ? 1 : 0], n = weight[transposed ? 0 : 1];
        StepRules.Equal(x[^1], k, "the columns of the input and the rows of the weight");
        rules.Output(0).IsLike(ElementType.Float32).HasShape([.. x.AsSpan(0, x.Length - 1), n]);
        Extent m = Extent.Product(x.AsSpan(0, x.Length - 1));
        MatrixRules.Check(m, n, k);
        Bias.Check(rules, 2, m, n);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        TensorView x = shapes.Inputs[0], y = shapes.Outputs[0];
        int k = x.Shape[^1], n = y.Shape[^1], m = checked((int)(y.Length / Math.Max(n, 1)));
        // A right operand that is no weight has MatMul's order.
        FactoredWeight? factors = m > 1 ? _weight?.AsFactors() : null;
        // One vector has a way of its own.
        MatrixProduct? first = factors is null ? null : new MatrixProduct(m, factors.Rank, k, transposedLeft: false, new RightOperand(factors.First, false), 1f, default, Lanes.Isa, shapes.Threads);
        var product = new MatrixProduct(m, n, factors?.Rank ?? k, transposedLeft: false, new RightOperand(factors?.Second ?? _weight, false), _alpha, _epilogue, Lanes.Isa, shapes.Threads);
        long between = factors is null ? 0 : sizeof(float) * (((long)m * factors.Rank + 15) & ~15L);
        return new StepPreparation(Math.Max(first?.ScratchBytes ?? 0, product.ScratchBytes) + between + Bias.ScratchBytes(n), new State(first, between, product, m, n));
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        var state = (State)arguments.State!;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        float* y = arguments.Outputs[0].F32;
        TensorView bias = inputs.Length > 2 ? inputs[2] : default;
        bool started = Bias.Spread(bias, _beta, state.M, state.N, y, (float*)arguments.Scratch, out float* row);
        byte* scratch = arguments.Scratch + Bias.ScratchBytes(state.N), rest = scratch + state.BetweenBytes;
        float* x = inputs[0].F32;
        if (state.First is { } first)
        {
            first.Run(x, null, null, (float*)scratch, started: false, rest, arguments.Team);
            x = (float*)scratch;
        }
        state.Product.Run(x, inputs[1].F32, row, y, started, rest, arguments.Team);
    }

    /// <param name="First">Of a weight in two factors: what makes the left operand of <paramref name="Product"/>.</param>
    private sealed record State(MatrixProduct? First, long BetweenBytes, MatrixProduct Product, int M, int N);
}
