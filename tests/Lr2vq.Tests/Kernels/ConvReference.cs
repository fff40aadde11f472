using Lr2vq.Kernels;

namespace Lr2vq.Tests.Kernels;

/// <summary>A convolution of plain tensors by its definition.</summary>
internal static class ConvReference
{
    /// <summary>Sums in double, without bias; of one group, dilations 1.</summary>
    public static double[] Sums(in ConvGeometry g, float[] x, float[] w)
    {
        var y = new double[g.Batch * g.OutputChannels * g.OutputHeight * g.OutputWidth];
        for (int n = 0, at = 0; n < g.Batch; n++)
            for (int o = 0; o < g.OutputChannels; o++)
                for (int oy = 0; oy < g.OutputHeight; oy++)
                    for (int ox = 0; ox < g.OutputWidth; ox++, at++)
                        for (int tap = 0; tap < g.Taps; tap++)
                        {
                            int iy = oy * g.StrideY - g.Top + tap / g.KernelWidth, ix = ox * g.StrideX - g.Left + tap % g.KernelWidth;
                            if (iy < 0 || iy >= g.InputHeight || ix < 0 || ix >= g.InputWidth) continue;
                            for (int i = 0; i < g.InputChannels; i++)
                                y[at] += (double)x[((n * g.InputChannels + i) * g.InputHeight + iy) * g.InputWidth + ix] * w[(o * g.InputChannels + i) * g.Taps + tap];
                        }
        return y;
    }
}
