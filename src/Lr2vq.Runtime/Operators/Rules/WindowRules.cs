using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>The rules of a window that slides along an axis: of convolutions and pools.</summary>
internal static class WindowRules
{
    /// <summary>Strides, dilations and borders are there for each axis.</summary>
    public static void Dimensional(int axes, int[] strides, int[] dilations, Dimension[] pads) =>
        StepRules.Require(strides.Length == axes && dilations.Length == axes && (pads.Length == 0 || pads.Length == 2 * axes), axes == 2 ? "it is not two-dimensional" : "it is not three-dimensional");

    /// <summary>Borders of an axis; 0 is the first that the window slides along.</summary>
    public static (Extent Begin, Extent End) Borders(in StepRules rules, Dimension[] pads, int axis)
    {
        if (pads.Length == 0) return (0, 0);
        Extent begin = rules.Evaluate(pads[axis]), end = rules.Evaluate(pads[pads.Length / 2 + axis]);
        StepRules.Within(begin, -StepRules.MostReach, StepRules.MostReach, "a border");
        StepRules.Within(end, -StepRules.MostReach, StepRules.MostReach, "a border");
        return (begin, end);
    }

    /// <summary>A pool of nothing has no value: only the batch may be empty.</summary>
    public static void NotEmpty(RuleTensor x)
    {
        for (int axis = 1; axis < x.Rank; axis++) StepRules.Within(x[axis], 1, int.MaxValue, "a length of the input");
    }

    /// <summary>How many inputs a window spans.</summary>
    public static Extent Reach(Extent length, Extent kernel, int stride, int dilation)
    {
        StepRules.Within(length, 0, StepRules.MostReach, "a length of the input");
        StepRules.Within(kernel, 1, StepRules.MostReach, "a length of the kernel");
        StepRules.Within(stride, 1, StepRules.MostReach, "a stride");
        StepRules.Within(dilation, 1, StepRules.MostReach, "a dilation");
        Extent reach = (kernel - 1) * dilation + 1;
        StepRules.Within(reach, 1, StepRules.MostReach, "the reach of the kernel");
        return reach;
    }

    /// <summary>How often a window of <paramref name="reach"/> fits; not at all, or less, if it is longer than the input with its borders.</summary>
    public static Extent Count(Extent length, (Extent Begin, Extent End) borders, Extent reach, int stride) =>
        Extent.FloorDivide(length + borders.Begin + borders.End - reach, stride) + 1;
}
