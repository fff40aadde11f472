using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Compression.Methods;

/// <summary>Products of two panels of sixteen columns: C[i, j] = Σ_k A[k, i]·B[k, j], what Grams and feedback are made of.</summary>
/// <remarks>Every element is one chain of fused products in the order of k, so its bits do not depend on the width of the vectors.</remarks>
internal static unsafe class PanelProduct
{
    public const int Lanes = 16;

    /// <param name="a">[depth][16].</param>
    /// <param name="b">[depth][16].</param>
    /// <param name="c">[16][16]: begins as the sums' start, or as zero.</param>
    public static void Add(float* a, float* b, int depth, float* c)
    {
        Isa isa = Kernels.Lanes.Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Wide<Lanes512, Vector512<float>>(a, b, depth, c);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) Pairs<Lanes256, Vector256<float>>(a, b, depth, c);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) Pairs<Lanes128, Vector128<float>>(a, b, depth, c);
        else Pairs<Lanes1, float>(a, b, depth, c);
    }

    /// <summary>Eight rows of C at a time, each in one vector.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Wide<L, V>(float* a, float* b, int depth, float* c) where L : struct, ILanes<V> where V : struct
    {
        for (int row = 0; row < Lanes; row += 8, a += 8, c += 8 * Lanes)
        {
            V c0 = L.Load(c), c1 = L.Load(c + 16), c2 = L.Load(c + 32), c3 = L.Load(c + 48);
            V c4 = L.Load(c + 64), c5 = L.Load(c + 80), c6 = L.Load(c + 96), c7 = L.Load(c + 112);
            float* x = a, y = b;
            for (int k = 0; k < depth; k++, x += Lanes, y += Lanes)
            {
                V right = L.Load(y);
                c0 = ExactFma.Of(L.Broadcast(x), right, c0);
                c1 = ExactFma.Of(L.Broadcast(x + 1), right, c1);
                c2 = ExactFma.Of(L.Broadcast(x + 2), right, c2);
                c3 = ExactFma.Of(L.Broadcast(x + 3), right, c3);
                c4 = ExactFma.Of(L.Broadcast(x + 4), right, c4);
                c5 = ExactFma.Of(L.Broadcast(x + 5), right, c5);
                c6 = ExactFma.Of(L.Broadcast(x + 6), right, c6);
                c7 = ExactFma.Of(L.Broadcast(x + 7), right, c7);
            }
            L.Store(c0, c);
            L.Store(c1, c + 16);
            L.Store(c2, c + 32);
            L.Store(c3, c + 48);
            L.Store(c4, c + 64);
            L.Store(c5, c + 80);
            L.Store(c6, c + 96);
            L.Store(c7, c + 112);
        }
    }

    /// <summary>Four rows of C at a time, two vectors of each.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Pairs<L, V>(float* a, float* b, int depth, float* c) where L : struct, ILanes<V> where V : struct
    {
        for (int row = 0; row < Lanes; row += 4)
            for (int lane = 0; lane < Lanes; lane += 2 * L.Count)
            {
                float* to = c + row * Lanes + lane, next = to + L.Count;
                V c00 = L.Load(to), c01 = L.Load(next), c10 = L.Load(to + 16), c11 = L.Load(next + 16);
                V c20 = L.Load(to + 32), c21 = L.Load(next + 32), c30 = L.Load(to + 48), c31 = L.Load(next + 48);
                float* x = a + row, y = b + lane;
                for (int k = 0; k < depth; k++, x += Lanes, y += Lanes)
                {
                    V left = L.Load(y), right = L.Load(y + L.Count), factor = L.Broadcast(x);
                    c00 = ExactFma.Of(factor, left, c00);
                    c01 = ExactFma.Of(factor, right, c01);
                    factor = L.Broadcast(x + 1);
                    c10 = ExactFma.Of(factor, left, c10);
                    c11 = ExactFma.Of(factor, right, c11);
                    factor = L.Broadcast(x + 2);
                    c20 = ExactFma.Of(factor, left, c20);
                    c21 = ExactFma.Of(factor, right, c21);
                    factor = L.Broadcast(x + 3);
                    c30 = ExactFma.Of(factor, left, c30);
                    c31 = ExactFma.Of(factor, right, c31);
                }
                L.Store(c00, to);
                L.Store(c01, next);
                L.Store(c10, to + 16);
                L.Store(c11, next + 16);
                L.Store(c20, to + 32);
                L.Store(c21, next + 32);
                L.Store(c30, to + 48);
                L.Store(c31, next + 48);
            }
    }
}
