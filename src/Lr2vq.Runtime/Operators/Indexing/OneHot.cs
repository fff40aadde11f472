using System;
using System.Runtime.CompilerServices;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX OneHot: along a new axis, one value at the index and another elsewhere.</summary>
/// <remarks>(indices, values [off, on]) → (y), indices i32, i64 or f32 (negative ones count from the end; beyond the axis: all off), values of any type but
/// text, plain. Attribute axis (of y); its length is the depth.</remarks>
public sealed unsafe class OneHot : Operator, IOperator<OneHot>
{
    private readonly int _axis;

    private OneHot(int axis) => _axis = axis;

    /// <inheritdoc/>
    public static OneHot Read(StepAttributes attributes) => new(attributes.Int("axis", 0));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        RuleTensor indices = rules.Input(0).Is(ElementType.Int32, ElementType.Int64, ElementType.Float32), values = rules.Input(1).IsSized();
        values.HasCount(2);
        RuleTensor y = rules.Output(0).IsLike(values.Type);
        StepRules.Axis(_axis, y.Rank);
        Extent[] shape = indices.Shape;
        StepRules.Require(_axis <= shape.Length, FormattableString.Invariant($"axis {_axis} is outside"));
        y.HasShape([.. shape.AsSpan(0, _axis), y[_axis], .. shape.AsSpan(_axis)]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Outputs[0].Shape, _axis));

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        ref readonly TensorView indices = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        byte* values = arguments.Inputs[1].Data;
        uint size = (uint)ElementTypes.ByteLength(y.Type);
        long length = y.Length;
        for (long i = 0; i < length; i++) Unsafe.CopyBlockUnaligned(y.Data + i * size, values, size);
        for (long o = 0; o < view.Outer; o++)
            for (long i = 0; i < view.Inner; i++)
            {
                long position = o * view.Inner + i;
                long index = indices.Type == ElementType.Float32 ? (long)indices.F32[position] : new IndexReader(indices).Raw(position);
                if (index < 0) index += view.Length;
                if ((ulong)index >= (ulong)view.Length) continue;
                Unsafe.CopyBlockUnaligned(y.Data + ((o * view.Length + index) * view.Inner + i) * size, values + size, size);
            }
    }
}
