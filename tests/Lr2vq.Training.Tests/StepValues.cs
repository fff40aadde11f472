using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tests;

/// <summary>The first result of every step of a run, if it is f32 and lies row after row, or in blocks of sixteen channels.</summary>
internal sealed class StepValues : StepObserver
{
    private readonly Dictionary<int, (float[] Values, int[] Shape, bool Blocked)> _values = [];

    public override unsafe void After(int step, ReadOnlySpan<TensorView> outputs)
    {
        if (outputs[0] is { Type: ElementType.Float32, Data: not null } view)
            _values[step] = (new Span<float>(view.F32, (int)view.StoredLength).ToArray(), (int[])view.Shape.Clone(), view.Layout == TensorLayout.Blocked);
    }

    /// <summary>True if torch's result of a step is another.</summary>
    public bool Differs(int step, Tensor result, double tolerance)
    {
        if (!_values.TryGetValue(step, out var seen) || result.dtype != ScalarType.Float32) return false;
        float[] values = seen.Values;
        if (seen.Blocked)
        {
            int[] shape = seen.Shape;
            int area = shape[2] * shape[3], blocks = (shape[1] + 15) / 16;
            values = new float[shape[0] * shape[1] * area];
            for (int i = 0; i < values.Length; i++)
            {
                int n = i / (shape[1] * area), c = i / area % shape[1], at = i % area;
                values[i] = seen.Values[((n * blocks + c / 16) * area + at) * 16 + c % 16];
            }
        }
        float[] actual = TensorValues.Floats(result);
        return actual.Length != values.Length || !(Torch.Difference(actual, values) <= tolerance);
    }
}
