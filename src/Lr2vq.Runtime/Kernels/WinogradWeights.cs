using System;
using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>The transform of one 3 × 3 kernel, for some output channels: taps a0 … c2 to the points of a Winograd algorithm.</summary>
internal unsafe interface IWinogradKernel
{
    static abstract void Put<L, V>(V a0, V a1, V a2, V b0, V b1, V b2, V c0, V c1, V c2, float* u, long point) where L : struct, ILanes<V> where V : struct;
}

/// <summary>Transforms decoded panels of weights.</summary>
internal static unsafe class WinogradWeights
{
    /// <param name="panel">As <see cref="Codecs.WeightTensor.DecodePanel16"/> makes it.</param>
    /// <param name="u">To: u[p·point + i·16].</param>
    [MethodImpl(Compile.Loop)]
    public static void Transform<L, V, K>(float* panel, int inputs, float* u, long point) where L : struct, ILanes<V> where V : struct where K : struct, IWinogradKernel
    {
        for (; inputs > 0; inputs -= 16)
        {
            int lanes = Math.Min(16, inputs);
            long tap = lanes * 16L;
            for (int i = 0; i < lanes; i++)
                for (int lane = 0; lane < 16; lane += L.Count, panel += L.Count, u += L.Count)
                {
                    float* g = panel;
                    V a0 = L.Load(g), a1 = L.Load(g + tap), a2 = L.Load(g + 2 * tap);
                    g += 3 * tap;
                    V b0 = L.Load(g), b1 = L.Load(g + tap), b2 = L.Load(g + 2 * tap);
                    g += 3 * tap;
                    V c0 = L.Load(g), c1 = L.Load(g + tap), c2 = L.Load(g + 2 * tap);
                    K.Put<L, V>(a0, a1, a2, b0, b1, b2, c0, c1, c2, u, point);
                }
            panel += 8 * tap;
        }
    }
}
