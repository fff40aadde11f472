using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Steps that draw random numbers: ONNX has the distribution, each run time its own numbers.</summary>
internal static class ExportRandom
{
    /// <summary>True if the step was one of these.</summary>
    public static bool TryExport(ExportStep step)
    {
        if (step.Operator is not (nameof(Operators.RandomUniform) or nameof(Operators.RandomNormal))) return false;
        List<OnnxAttribute> attributes = step.Operator == nameof(Operators.RandomUniform)
            ? [step.Float("low", 0), step.Float("high", 1), OnnxAttribute.Of("dtype", (long)ElementType.Float32)]
            : [step.Float("mean", 0), step.Float("scale", 1), OnnxAttribute.Of("dtype", (long)ElementType.Float32)];
        // A seed that is odd above is the model's.
        if (step.Attributes.Ints("seed", 0, 0) is [var seed, var draw] && draw % 2 != 0) attributes.Add(OnnxAttribute.Of("seed", BitConverter.Int32BitsToSingle(seed)));
        IReadOnlyList<Dimension> shape = step.Outputs[0].Shape;
        if (shape.Count > 0 && shape.All(length => length.IsConstant)) step.Finish(step.Operator, [], [.. attributes, OnnxAttribute.Of("shape", shape.Select(length => length.Value).ToArray())]);
        else step.Finish(step.Operator + "Like", [step.Builder.Node("ConstantOfShape", [shape.Count > 0 ? step.Builder.Vector(shape) : step.Builder.Integers()])], [.. attributes]);
        return true;
    }
}
