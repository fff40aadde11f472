namespace Lr2vq.Plans;

/// <summary>An output whose values stand for classes: [N, classes], [classes], or with axes of length 1 behind.</summary>
internal static class ClassOutput
{
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
