using System.Collections.Generic;

namespace Lr2vq.Plans;

/// <summary>An output whose values stand for classes: [N, classes], [classes], or with axes of length 1 behind.</summary>
internal static class ClassOutput
{
    /// <summary>The first output that is a classification, of as many classes as there are labels if there are any; −1 if there is none.</summary>
    public static int IndexOf(IReadOnlyList<PlanPort> outputs, int labels)
    {
        for (int i = 0; i < outputs.Count; i++)
            if (ClassesOf(outputs[i]) is { } classes && (labels == 0 || classes == labels)) return i;
        return -1;
    }

    /// <summary>The number of classes; null if the output is no classification.</summary>
    public static int? ClassesOf(PlanPort port)
    {
        if (port.Type != ElementType.Float32 || port.Shape.Count is 0 or > 4) return null;
        int? classes = null;
        for (int i = 0; i < port.Shape.Count; i++)
        {
            Dimension dimension = port.Shape[i];
            // The batch, in front of the classes.
            if (!dimension.IsConstant && i == 0 && port.Shape.Count > 1) continue;
            if (!dimension.IsConstant || dimension.Value != 1 && classes is not null || dimension.Value > int.MaxValue) return null;
            if (dimension.Value > 1) classes = (int)dimension.Value;
        }
        return classes;
    }
}
