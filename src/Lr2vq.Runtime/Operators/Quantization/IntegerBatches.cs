using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>The products of a batch of matrices of bytes, whose batch axes broadcast.</summary>
internal sealed class IntegerBatches
{
    private readonly IntegerMatrixProduct _product;
    private readonly long[] _atA, _atB;
    private readonly long _sizeA, _sizeB, _sizeY;

    private IntegerBatches(IntegerMatrixProduct product, long[] atA, long[] atB, long m, long n, long k)
    {
        (_product, _atA, _atB) = (product, atA, atB);
        (_sizeA, _sizeB, _sizeY) = (m * k, k * n, m * n);
    }

    /// <summary>The shape of the result.</summary>
    public static Extent[] Check(in StepRules rules, RuleTensor a, RuleTensor b)
    {
        rules.Plain();
        Extent[] left = a.HasRank(2, int.MaxValue).Shape, right = b.HasRank(2, int.MaxValue).Shape;
        StepRules.Equal(left[^1], right[^2], "the inner lengths of the operands");
        Extent[] batch = StepRules.Broadcast(left[..^2], right[..^2]);
        Extent batches = Extent.Product(batch);
        MatrixRules.Check(left[^2], right[^1], left[^1]);
        if (right.Length == 2) MatrixRules.Check(left[^2] * batches, right[^1], 0);
        rules.Table(batches, 2 * sizeof(long));
        return [.. batch, left[^2], right[^1]];
    }

    /// <param name="shapes">The step.</param>
    /// <param name="a">Shape of the left operand.</param>
    /// <param name="b">Shape of the right one.</param>
    /// <param name="more">Bytes of scratch memory that the operator wants for itself, in front.</param>
    public static StepPreparation Prepare(in StepShapes shapes, int[] a, int[] b, long more = 0)
    {
        int[] batch = shapes.Outputs[0].Shape[..^2];
        int m = a[^2], k = a[^1], n = b[^1];
        long[] atA = BatchOffsets.Of(a, batch), atB = BatchOffsets.Of(b, batch);
        // One matrix on the right for all on the left: their rows are the rows of one product.
        if (b.Length == 2 && atA.Length > 1) (m, atA, atB) = (checked(m * atA.Length), [0], [0]);
        var product = new IntegerMatrixProduct(m, n, k, shapes.Threads);
        return new StepPreparation(checked(product.ScratchBytes + more), new IntegerBatches(product, atA, atB, m, n, k));
    }

    public unsafe void Run<TSink>(ByteOperand a, ByteOperand b, in StepArguments arguments, byte* scratch, TSink sink) where TSink : struct, IIntegerSink
    {
        for (int i = 0; i < _atA.Length; i++)
            _product.Run(a.From(_atA[i] * _sizeA), b.From(_atB[i] * _sizeB), scratch, arguments.Team, i * _sizeY, sink);
    }
}
