using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Steps that decide which others run.</summary>
internal static class ExportControl
{
    /// <summary>If, with its branches as graphs.</summary>
    /// <param name="step">The step.</param>
    /// <param name="index">Its place in the Plan.</param>
    /// <param name="write">Writes the steps from one place to another.</param>
    public static void If(ExportStep step, int index, Action<int, int> write)
    {
        OnnxGraphBuilder builder = step.Builder;
        (int positive, int other) = Operators.If.Branches(step.Attributes);
        int middle = index - other, count = step.Outputs.Count;
        string condition = Operators.If.Condition(step.Attributes) is { } on ? builder.Node("Greater", [builder.ScalarExpression(on), builder.Node("Squeeze", [builder.Integers(0)])]) : step[0];
        OnnxGraph ofThen = builder.Inner(() => write(middle - positive, middle), Results(1)), ofElse = builder.Inner(() => write(middle, index), Results(1 + count));
        builder.Node("If", [condition], Enumerable.Range(0, count).Select(step.Output), [OnnxAttribute.Of("then_branch", ofThen), OnnxAttribute.Of("else_branch", ofElse)]);

        IEnumerable<(string, ElementType, int)> Results(int first) => step.Outputs.Select((result, o) => (step[first + o], result.Type, result.Shape.Count));
    }
}
