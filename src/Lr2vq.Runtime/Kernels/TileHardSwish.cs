using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>HardSwish of a tile that was just stored, and a number added to it. Inside the tiles, where the sums are in registers, it would save a load and a store for
/// each vector, but would take two fifths of the time that the JIT needs for every tile, in every network.</summary>
internal static unsafe class TileHardSwish
{
    [MethodImpl(Compile.Loop)]
    public static void Apply<L, V>(float* y, int vectors, int pixels, long block, long step, float offset) where L : struct, ILanes<V> where V : struct
    {
        V sixth = L.Splat(1f / 6f), half = L.Splat(0.5f), one = L.Splat(1f), added = L.Splat(offset);
        for (int vector = 0; vector < vectors; vector++)
        {
            float* z = y + vector * L.Count / 16 * block + vector * L.Count % 16;
            for (int pixel = 0; pixel < pixels; pixel++, z += step)
            {
                V x = L.Load(z);
                L.Store(L.Fma(x, L.Min(one, L.Max(L.Zero, L.Fma(x, sixth, half))), added), z);
            }
        }
    }
}
