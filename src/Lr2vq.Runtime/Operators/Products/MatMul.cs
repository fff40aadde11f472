using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX MatMul of two values, batch axes broadcast, with transposed operands, a factor, a bias row and an activation.</summary>
public sealed class MatMul : Operator, IOperator<MatMul>
{
    private readonly bool _transA, _transB;
    private readonly float _alpha;
    private readonly Epilogue _epilogue;

    private MatMul(StepAttributes attributes)
    {
        (_transA, _transB) = (attributes.Flag("transA"), attributes.Flag("transB"));
        _alpha = attributes.Float("alpha", 1f);
        _epilogue = Epilogue.Read(attributes);
    }

    /// <inheritdoc/>
    public static MatMul Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 3);
        rules.Plain();
        Extent[] a = rules.Input(0).IsLike(ElementType.Float32).HasRank(1, int.MaxValue).Shape;
        Extent[] b = rules.Input(1).IsLike(ElementType.Float32).HasRank(1, int.MaxValue).Shape;
        StepRules.Require((a.Length > 1 || !_transA) && (b.Length > 1 || !_transB), "a vector is transposed");
        Extent m = a.Length == 1 ? 1 : a[_transA ? ^1 : ^2], n = b.Length == 1 ? 1 : b[_transB ? ^2 : ^1];
        StepRules.Equal(a[_transA ? ^2 : ^1], b[_transB || b.Length == 1 ? ^1 : ^2], "the inner lengths of the operands");
        // A vector is one row on the left, one column on the right; the result does not have that axis.
        Extent[] batch = StepRules.Broadcast(a.AsSpan(0, Math.Max(0, a.Length - 2)), b.AsSpan(0, Math.Max(0, b.Length - 2)));
        Extent[] rows = a.Length == 1 ? [] : [m], columns = b.Length == 1 ? [] : [n];
        rules.Output(0).IsLike(ElementType.Float32).HasShape([.. batch, .. rows, .. columns]);
        Extent batches = Extent.Product(batch);
        MatrixRules.Check(m, n, a[_transA ? ^2 : ^1]);
        if (b.Length <= 2 && !_transA) MatrixRules.Check(m * batches, n, 0);
        rules.Table(batches, 3 * sizeof(long) + 8);
        Bias.Check(rules, 2, m, n);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int[] a = Matrix(shapes.Inputs[0].Shape, asRow: true), b = Matrix(shapes.Inputs[1].Shape, asRow: false);
        int m = a[_transA ? ^1 : ^2], k = a[_transA ? ^2 : ^1], n = b[_transB ? ^2 : ^1];
        int batchRank = Math.Max(a.Length, b.Length) - 2;
        var sizes = new int[batchRank];
        int At(int[] shape, int axis) => axis + shape.Length - 2 - batchRank is >= 0 and var i ? shape[i] : 1;
        long batches = 1;
        for (int axis = 0; axis < batchRank; axis++)
        {
            sizes[axis] = At(a, axis) == 1 ? At(b, axis) : At(a, axis);
            batches *= sizes[axis];
        }
        // Where the matrices of each product begin, counted in matrices.
        long[] atA = BatchOffsets.Of(a, sizes), atB = BatchOffsets.Of(b, sizes);
        var offsets = new (long A, long B)[batches];
        for (long i = 0; i < batches; i++) offsets[i] = (atA[i], atB[i]);
        // One matrix on the right for all on the left: their rows are the rows of one product.
        if (batches > 1 && !_transA && b.Length == 2)
        {
            m = checked((int)(m * batches));
            offsets = [(0, 0)];
        }
        var product = new MatrixProduct(m, n, k, _transA, new RightOperand(null, _transB), _alpha, _epilogue, Lanes.Isa, shapes.Threads);
        return new StepPreparation(product.ScratchBytes + Bias.ScratchBytes(n), new State(product, offsets, m, n, k));
    }

    private static int[] Matrix(int[] shape, bool asRow) => shape.Length > 1 ? shape : asRow ? [1, shape[0]] : [shape[0], 1];

    internal override unsafe void Run(in StepArguments arguments)
    {
        var state = (State)arguments.State!;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        float* a = inputs[0].F32, b = inputs[1].F32, y = arguments.Outputs[0].F32;
        TensorView bias = inputs.Length > 2 ? inputs[2] : default;
        foreach ((long A, long B) offset in state.Offsets)
        {
            bool started = Bias.Spread(bias, 1f, state.M, state.N, y, (float*)arguments.Scratch, out float* row);
            state.Product.Run(a + offset.A * state.M * state.K, b + offset.B * state.N * state.K, row, y, started,
                arguments.Scratch + Bias.ScratchBytes(state.N), arguments.Team);
            y += (long)state.M * state.N;
        }
    }

    private sealed record State(MatrixProduct Product, (long A, long B)[] Offsets, int M, int N, int K);
}
