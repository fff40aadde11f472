using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Compress: the entries of an axis for which a condition is true.</summary>
/// <remarks>(x, condition bool [count]) → (y), x of any type but text, plain. Attribute axis; without it x is taken as a row. A condition that is shorter than
/// the axis is false for the rest.</remarks>
public sealed unsafe class Compress : Operator, IOperator<Compress>
{
    private readonly int? _axis;

    private Compress(int? axis) => _axis = axis;

    /// <inheritdoc/>
    public static Compress Read(StepAttributes attributes) => new(attributes.Find("axis") is null ? null : attributes.Int("axis", 0));

    internal override bool FindsSize => true;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized(), condition = rules.Input(1).IsLike(ElementType.Bool).HasRank(1);
        Extent[] shape = _axis is null ? [x.Count] : x.Shape;
        int axis = _axis ?? 0;
        StepRules.Axis(axis, shape.Length);
        if (condition[0].Value < shape[axis].Value) shape[axis] = condition[0];
        rules.Output(0).IsLike(x.Type).HasShape(shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(State: _axis is { } axis ? new AxisView(shapes.Inputs[0].Shape, axis) : new AxisView([checked((int)shapes.Inputs[0].Length)], 0));

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        ref readonly TensorView x = ref arguments.Inputs[0];
        byte* condition = arguments.Inputs[1].Data, to = arguments.Outputs[0].Data;
        long length = Math.Min(view.Length, arguments.Inputs[1].Length), bytes = view.Inner * ElementTypes.ByteLength(x.Type), found = 0;
        for (long i = 0; i < length; i++)
            if (condition[i] != 0) found++;
        *arguments.Size = found;
        for (long o = 0; o < view.Outer; o++)
            for (long i = 0; i < length; i++)
            {
                if (condition[i] == 0) continue;
                Buffer.MemoryCopy(x.Data + (o * view.Length + i) * bytes, to, bytes, bytes);
                to += bytes;
            }
    }
}
