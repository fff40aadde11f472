using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Trilu: the upper or lower triangle of the last two axes; the rest is 0.</summary>
/// <remarks>(x, k? one number, i32 or i64) → (y), any type but text, plain; y may be the memory of x. Attributes upper (0 or 1; 1), k (diagonal where the triangle begins or ends, if it is no input; 0).</remarks>
public sealed unsafe class Trilu : Operator, IOperator<Trilu>
{
    private readonly bool _upper;
    private readonly int _k;

    private Trilu(bool upper, int k) => (_upper, _k) = (upper, k);

    /// <inheritdoc/>
    public static Trilu Read(StepAttributes attributes) => new(attributes.Int("upper", 1) != 0, attributes.Int("k", 0));

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 2);
        rules.Plain();
        if (rules.Has(1)) rules.Input(1).Is(ElementType.Int32, ElementType.Int64).HasCount(1);
        RuleTensor x = rules.Input(0).IsWide().HasRank(2, int.MaxValue);
        StepRules.Within(x[^1], 0, StepRules.MostReach, "the number of columns");
        rules.Output(0).IsLike(x.Type).HasShape(x.Shape);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        int size = ElementTypes.ByteLength(y.Type);
        long columns = y.Shape[^1], rows = y.Shape[^2];
        // Beyond both ends nothing changes, and sums stay small.
        long k = arguments.Inputs.Length > 1 && arguments.Inputs[1].Data != null ? Math.Clamp(new IndexReader(arguments.Inputs[1]).Raw(0), -(1L << 40), 1L << 40) : _k;
        long bytes = y.Length * size, rowBytes = columns * size;
        if (bytes == 0) return;
        if (x.Data != y.Data) Buffer.MemoryCopy(x.Data, y.Data, bytes, bytes);
        byte* row = y.Data, end = y.Data + bytes;
        for (long r = 0; row < end; row += rowBytes, r = r + 1 == rows ? 0 : r + 1)
        {
            // Upper keeps columns from r + k on, lower those up to r + k.
            long from = _upper ? 0 : Math.Clamp(r + k + 1, 0, columns), to = _upper ? Math.Clamp(r + k, 0, columns) : columns;
            new Span<byte>(row + from * size, checked((int)((to - from) * size))).Clear();
        }
    }
}
