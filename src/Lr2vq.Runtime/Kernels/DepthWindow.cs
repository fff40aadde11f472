using System;

namespace Lr2vq.Kernels;

/// <summary>How a kernel slides along the depth of a volume.</summary>
/// <param name="Inputs">Planes of the input.</param>
/// <param name="Outputs">Planes of the output.</param>
/// <param name="Begin">Planes of zeros in front of the first.</param>
internal readonly record struct DepthWindow(int Inputs, int Outputs, int Taps, int Stride, int Dilation, int Begin)
{
    /// <summary>Floats of planes that are computed together: enough that weights are not decoded for each, few enough for the caches.</summary>
    private const long MostFloats = 1 << 21;

    /// <summary>How many of some planes are computed together; the same number each time, as far as they go.</summary>
    /// <param name="floats">Of one, input and output.</param>
    public static int Together(long planes, long floats)
    {
        long most = Math.Clamp(MostFloats / Math.Max(1, floats), 1, planes), times = (planes + most - 1) / most;
        return checked((int)((planes + times - 1) / times));
    }
}
