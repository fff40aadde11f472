using System;

namespace Lr2vq.Operators;

/// <summary>Rows that are normalised, with scales and biases broadcast to the length of a row.</summary>
internal sealed unsafe class RowParameters
{
    // For each parameter: what makes a row of it; null if it is a row already.
    private readonly StridedCopy?[] _copies = new StridedCopy?[3];

    public RowParameters(in StepShapes shapes, int axis)
    {
        int[] shape = shapes.Inputs[0].Shape;
        Rows = AxisView.Product(shape, 0, axis);
        Length = AxisView.Product(shape, axis, shape.Length);
        long[] row = Array.ConvertAll(shape[axis..], d => (long)d);
        for (int i = 1; i < Math.Min(3, shapes.Inputs.Length); i++)
        {
            if (shapes.Inputs[i].Shape is not { } given || shapes.Inputs[i].Length == Length) continue;
            long[] from = Array.ConvertAll(given, d => (long)d), strides = StridedCopy.Dense(from), source = new long[row.Length];
            for (int d = 1; d <= Math.Min(from.Length, row.Length); d++) source[^d] = from[^d] == 1 ? 0 : strides[^d];
            _copies[i] = new StridedCopy(row, source, StridedCopy.Dense(row), 0, 0, sizeof(float));
        }
    }

    /// <summary>A parameter has as many elements as a row, or broadcasts to it.</summary>
    public static void Check(RuleTensor parameter, ReadOnlySpan<Extent> row)
    {
        if (parameter.Count.Value == Extent.Product(row).Value) return;
        Extent[] shape = StepRules.Broadcast(parameter.Shape, row);
        StepRules.Equal(Extent.Product(shape), Extent.Product(row), "the parameters of a row and its length");
        StepRules.Equal(shape.Length, row.Length, "the dimensions of the parameters of a row and of the row");
    }

    public long Rows { get; }
    public long Length { get; }

    public static long ScratchBytes(in StepShapes shapes, int axis) =>
        2 * sizeof(float) * AxisView.Product(shapes.Inputs[0].Shape, axis, shapes.Inputs[0].Rank);

    /// <summary>A row of parameter <paramref name="input"/>; null if it is absent.</summary>
    public float* Expand(in StepArguments arguments, int input)
    {
        if (input >= arguments.Inputs.Length || arguments.Inputs[input].Data == null) return null;
        if (_copies[input] is not { } copy) return arguments.Inputs[input].F32;
        float* row = (float*)arguments.Scratch + (input - 1) * Length;
        copy.Run(arguments.Team, arguments.Inputs[input].Data, (byte*)row);
        return row;
    }
}
