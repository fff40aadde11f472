using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Compression.Methods;

/// <summary>Squared distances to one point.</summary>
internal static unsafe class Distances
{
    /// <summary>Lowers each distance to that from <paramref name="point"/> where it is nearer; gives the sum over the real subvectors.</summary>
    public static double Lower(SubvectorMatrix subvectors, ReadOnlySpan<float> point, Span<float> distances)
    {
        fixed (float* values = subvectors.Values)
        fixed (float* center = point)
        fixed (float* least = distances)
        {
            Isa isa = Kernels.Lanes.Isa;
            if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Run<Lanes512, Vector512<float>>(subvectors, values, center, least);
            else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) Run<Lanes256, Vector256<float>>(subvectors, values, center, least);
            else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) Run<Lanes128, Vector128<float>>(subvectors, values, center, least);
            else Run<Lanes1, float>(subvectors, values, center, least);
        }
        double total = 0;
        for (int i = 0; i < subvectors.Count; i++) total += distances[i];
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<L, V>(SubvectorMatrix subvectors, float* values, float* point, float* least) where L : struct, ILanes<V> where V : struct
    {
        int d = subvectors.Dimensions;
        for (int block = 0; block < subvectors.Blocks; block++, values += d * SubvectorMatrix.Lanes, least += SubvectorMatrix.Lanes)
        {
            for (int lane = 0; lane < SubvectorMatrix.Lanes; lane += L.Count)
            {
                V sum = L.Zero;
                for (int c = 0; c < d; c++)
                {
                    V difference = L.Sub(L.Load(values + c * SubvectorMatrix.Lanes + lane), L.Broadcast(point + c));
                    sum = ExactFma.Of(difference, difference, sum);
                }
                L.Store(L.Min(sum, L.Load(least + lane)), least + lane);
            }
        }
    }
}
