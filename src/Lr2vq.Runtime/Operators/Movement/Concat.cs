using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Concat: tensors one after the other along an axis.</summary>
/// <remarks>(x…) → (y), any type but text, plain; f32 also blocked: along axes 0, 2, 3, and along axis 1 when the channels of all inputs but the last are
/// divisible by 16. Attribute axis.</remarks>
public sealed unsafe class Concat : Operator, IOperator<Concat>
{
    private readonly int _axis;

    private Concat(int axis) => _axis = axis;

    /// <inheritdoc/>
    public static Concat Read(StepAttributes attributes) => new(attributes.Int("axis", 0));

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long[] y = StoredShape.Of(shapes.Outputs[0]);
        long[] destination = StridedCopy.Dense(y);
        StridedCopy[] copies = new StridedCopy[shapes.Inputs.Length];
        long start = 0;
        for (int i = 0; i < copies.Length; i++)
        {
            long[] x = StoredShape.Of(shapes.Inputs[i]);
            // The compiler takes lengths to be equal that are so for the shapes a network is made for; others end here.
            for (int d = 0; d < y.Length; d++)
                if (d == _axis ? start + x[d] > y[d] : x[d] != y[d]) throw new ArgumentException($"the lengths {x[d]} and {y[d]} do not fit");
            copies[i] = new StridedCopy(x, StridedCopy.Dense(x), destination, 0, start * destination[_axis],
                ElementTypes.ByteLength(shapes.Outputs[0].Type));
            start += x[_axis];
        }
        return new(State: copies);
    }

    internal override void Run(in StepArguments arguments)
    {
        StridedCopy[] copies = (StridedCopy[])arguments.State!;
        for (int i = 0; i < copies.Length; i++) copies[i].Run(arguments.Inputs[i].Data, arguments.Outputs[0].Data);
    }
}
