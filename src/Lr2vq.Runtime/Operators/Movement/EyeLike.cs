using System;
using System.Runtime.CompilerServices;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX EyeLike: a matrix with ones on a diagonal, as large as x.</summary>
/// <remarks>(x?) → (y), f32, f64, bool or whole numbers, plain. Attribute k (which diagonal; 0).</remarks>
public sealed unsafe class EyeLike : Operator, IOperator<EyeLike>
{
    private readonly int _k;

    private EyeLike(int k) => _k = k;

    /// <inheritdoc/>
    public static EyeLike Read(StepAttributes attributes) => new(attributes.Int("k", 0));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(0, 1, mostInputs: 1);
        rules.Plain();
        RuleTensor y = rules.Output(0).IsWide().HasRank(2);
        StepRules.Within(y[1], 0, StepRules.MostReach, "the number of columns");
        if (rules.Has(0)) rules.Input(0).HasShape(y.Shape);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        int size = ElementTypes.ByteLength(y.Type);
        ulong one = y.Type switch
        {
            ElementType.Float32 => BitConverter.SingleToUInt32Bits(1f),
            ElementType.Float64 => BitConverter.DoubleToUInt64Bits(1),
            ElementType.Float16 => 0x3C00,
            ElementType.BFloat16 => 0x3F80,
            _ => 1,
        };
        long rows = y.Shape[0], columns = y.Shape[1];
        for (long r = 0; r < rows; r++)
        {
            new Span<byte>(y.Data + r * columns * size, checked((int)(columns * size))).Clear();
            if (r + _k >= 0 && r + _k < columns)
                Unsafe.CopyBlockUnaligned(y.Data + (r * columns + r + _k) * size, &one, (uint)size);
        }
    }
}
