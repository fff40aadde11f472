using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Threading;
using Lr2vq.Kernels;

namespace Lr2vq.Compression.Methods;

/// <summary>The nearest centroid of each subvector.</summary>
/// <remarks>Minimises |c|²/2 − x·c, eight centroids at a time, one subvector in each lane. Every lane does the same additions in the same order
/// with an exact fused multiply-add, so the codes do not depend on the width of the vectors. Ties go to the lowest index.</remarks>
internal static unsafe class Assignment
{
    // Blocks between two looks at the token.
    private const int Tile = 8, BlocksAtOnce = 16;

    /// <summary>Fills <paramref name="codes"/>, and <paramref name="scores"/> with the least |c|²/2 − x·c, for blocks [from, to) of sixteen
    /// subvectors; both are indexed from the first subvector of block <paramref name="from"/>.</summary>
    /// <param name="centroids">[k, d].</param>
    public static void Run(SubvectorMatrix subvectors, int from, int to, ReadOnlySpan<float> centroids, int k, Span<int> codes, Span<float> scores,
        CancellationToken cancellation = default)
    {
        int d = subvectors.Dimensions, tiles = (k + Tile - 1) / Tile;
        float[] packed = Pack(centroids, k, d, tiles);
        fixed (float* values = subvectors.Values)
        fixed (float* tile = packed)
        fixed (int* code = codes)
        fixed (float* score = scores)
        {
            Isa isa = Kernels.Lanes.Isa;
            for (int block = from; block < to; block++)
            {
                if ((block - from) % BlocksAtOnce == 0) cancellation.ThrowIfCancellationRequested();
                float* x = values + (long)block * d * SubvectorMatrix.Lanes;
                float* best = score + (long)(block - from) * SubvectorMatrix.Lanes;
                int* index = code + (long)(block - from) * SubvectorMatrix.Lanes;
                if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Block<Lanes512, Vector512<float>>(x, d, tile, tiles, index, best);
                else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) Block<Lanes256, Vector256<float>>(x, d, tile, tiles, index, best);
                else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) Block<Lanes128, Vector128<float>>(x, d, tile, tiles, index, best);
                else Block<Lanes1, float>(x, d, tile, tiles, index, best);
            }
        }
    }

    /// <summary>[tile][|c|²/2 of eight centroids, then −c dimension by dimension]. Places beyond k can never win.</summary>
    private static float[] Pack(ReadOnlySpan<float> centroids, int k, int d, int tiles)
    {
        float[] packed = new float[tiles * (d + 1) * Tile];
        for (int j = 0; j < tiles * Tile; j++)
        {
            Span<float> place = packed.AsSpan(j / Tile * (d + 1) * Tile + j % Tile);
            if (j >= k)
            {
                place[0] = float.PositiveInfinity;
                continue;
            }
            double norm = 0;
            for (int c = 0; c < d; c++)
            {
                float value = centroids[j * d + c];
                norm += (double)value * value;
                place[(c + 1) * Tile] = -value;
            }
            place[0] = (float)(0.5 * norm);
        }
        return packed;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<L, V>(float* x, int d, float* tile, int tiles, int* codes, float* scores) where L : struct, ILanes<V> where V : struct
    {
        float* winners = stackalloc float[SubvectorMatrix.Lanes];
        for (int lane = 0; lane < SubvectorMatrix.Lanes; lane += L.Count)
        {
            V best = L.Splat(float.PositiveInfinity), winner = L.Zero;
            float* t = tile;
            for (int first = 0; first < tiles; first++)
            {
                V s0 = L.Broadcast(t), s1 = L.Broadcast(t + 1), s2 = L.Broadcast(t + 2), s3 = L.Broadcast(t + 3);
                V s4 = L.Broadcast(t + 4), s5 = L.Broadcast(t + 5), s6 = L.Broadcast(t + 6), s7 = L.Broadcast(t + 7);
                t += Tile;
                float* component = x + lane;
                for (int c = 0; c < d; c++, t += Tile, component += SubvectorMatrix.Lanes)
                {
                    V v = L.Load(component);
                    s0 = ExactFma.Of(v, L.Broadcast(t), s0);
                    s1 = ExactFma.Of(v, L.Broadcast(t + 1), s1);
                    s2 = ExactFma.Of(v, L.Broadcast(t + 2), s2);
                    s3 = ExactFma.Of(v, L.Broadcast(t + 3), s3);
                    s4 = ExactFma.Of(v, L.Broadcast(t + 4), s4);
                    s5 = ExactFma.Of(v, L.Broadcast(t + 5), s5);
                    s6 = ExactFma.Of(v, L.Broadcast(t + 6), s6);
                    s7 = ExactFma.Of(v, L.Broadcast(t + 7), s7);
                }
                // A tournament; the left side wins ties, and so does what was best before.
                float j = first * Tile;
                Less<L, V>(ref s0, s1, j, j + 1, out V i0);
                Less<L, V>(ref s2, s3, j + 2, j + 3, out V i2);
                Less<L, V>(ref s4, s5, j + 4, j + 5, out V i4);
                Less<L, V>(ref s6, s7, j + 6, j + 7, out V i6);
                Less<L, V>(ref s0, s2, ref i0, i2);
                Less<L, V>(ref s4, s6, ref i4, i6);
                Less<L, V>(ref s0, s4, ref i0, i4);
                Less<L, V>(ref best, s0, ref winner, i0);
            }
            L.Store(best, scores + lane);
            L.Store(winner, winners + lane);
        }
        for (int lane = 0; lane < SubvectorMatrix.Lanes; lane++) codes[lane] = (int)winners[lane];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Less<L, V>(ref V left, V right, float leftIndex, float rightIndex, out V index) where L : struct, ILanes<V> where V : struct
    {
        V takeRight = L.Less(right, left);
        index = L.Select(takeRight, L.Splat(rightIndex), L.Splat(leftIndex));
        left = L.Select(takeRight, right, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Less<L, V>(ref V left, V right, ref V leftIndex, V rightIndex) where L : struct, ILanes<V> where V : struct
    {
        V takeRight = L.Less(right, left);
        leftIndex = L.Select(takeRight, rightIndex, leftIndex);
        left = L.Select(takeRight, right, left);
    }
}
