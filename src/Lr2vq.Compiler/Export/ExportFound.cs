using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Operators that find a size in the data. Expressions of later steps take it from the shape of their result.</summary>
internal static class ExportFound
{
    private static readonly HashSet<ElementType> s_searched = [ElementType.Float32, ElementType.Int32, ElementType.Int64, ElementType.UInt8, ElementType.Bool];

    /// <summary>True if the step was one of these.</summary>
    public static bool TryExport(ExportStep step)
    {
        switch (step.Operator)
        {
            case "NonZero":
                // ONNX Runtime looks for zeros among these only.
                step.Finish("NonZero", [s_searched.Contains(step.Type(0)) ? step[0] : step.Cast(step[0], ElementType.Bool)]);
                break;
            case "Compress":
                step.Finish("Compress", step.Inputs, Axis(step));
                break;
            case "Unique": Unique(step); break;
            case "NonMaxSuppression":
                string? most = step.Attributes.Dimensions("most") is { Length: > 0 } known ? step.Builder.Vector(known) : step.Optional(2);
                step.Finish("NonMaxSuppression", [step[0], step[1], most, step.Optional(3), step.Optional(4)], step.Int("center_point_box", 0));
                break;
            default:
                return false;
        }
        if (step.Size is not { } size) return true;
        for (int o = 0; o < step.Outputs.Count; o++)
            for (int axis = 0; axis < step.Outputs[o].Shape.Count; axis++)
                if (step.Outputs[o].Shape[axis].ToString() == size.Identifier) step.Builder.Find(size.Identifier, step.Output(o), axis);
        return true;
    }

    private static void Unique(ExportStep step)
    {
        // ONNX Runtime has it for few types.
        bool isNarrow = step.Type(0) == ElementType.Int32;
        string y = isNarrow ? step.Builder.Fresh("Unique") : step.Output();
        step.Builder.Node("Unique", [isNarrow ? step.Cast(step[0], ElementType.Int64) : step[0]], [y, .. Enumerable.Range(1, step.Outputs.Count - 1).Select(step.Output)],
            [.. Axis(step), step.Int("sorted", 1)]);
        if (isNarrow) step.Finish("Cast", [y], OnnxAttribute.Of("to", (long)ElementType.Int32));
    }

    private static OnnxAttribute[] Axis(ExportStep step) => step.Attributes.Find("axis") is null ? [] : [step.Int("axis", 0)];
}
