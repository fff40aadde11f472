using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Codecs;

namespace Lr2vq.Kernels;

/// <summary>Projects groups of 8 or 16 channels to four numbers each with 512-bit shuffles: the four quarters of a vector belong to four
/// groups. Four channels of each group are multiplied at a time, for each of the four numbers; then neighbours are added while they are
/// brought into order, which takes six shuffles where a copy of every channel to all lanes of its quarter would take one each.</summary>
internal static unsafe class Projection
{
    public static bool Serves(ProjectedWeight weight) => weight is { D: 4, M: 8 or 16 };

    /// <summary>Vectors of <see cref="Run"/>: number c times channels 4q to 4q + 3 in vector c·m/4 + q, the same in all quarters.</summary>
    public static void Spread(ProjectedWeight weight, float* vectors)
    {
        // Rows of the basis follow each other, so that vector t has its numbers 4t to 4t + 3.
        for (int t = 0; t < weight.M; t++, vectors += 16)
            for (int lane = 0; lane < 16; lane++) vectors[lane] = weight.Basis[4 * t + lane % 4];
    }

    /// <summary>Projects m/4 blocks of input channels, <paramref name="block"/> floats apart, to one block.</summary>
    /// <param name="step">Floats from pixel to pixel of x.</param>
    public static void Run(int m, float* x, long block, int step, float* vectors, float* y, long pixels)
    {
        if (m == 8) Eight(x, x + block, step, vectors, y, pixels);
        else Sixteen(x, block, step, vectors, y, pixels);
    }

    [MethodImpl(Compile.Loop)]
    private static void Eight(float* x0, float* x1, int step, float* vectors, float* y, long pixels)
    {
        Vector512<float> b0 = Vector512.Load(vectors), b1 = Vector512.Load(vectors + 16), b2 = Vector512.Load(vectors + 32), b3 = Vector512.Load(vectors + 48);
        Vector512<float> b4 = Vector512.Load(vectors + 64), b5 = Vector512.Load(vectors + 80), b6 = Vector512.Load(vectors + 96), b7 = Vector512.Load(vectors + 112);
        for (; pixels > 0; pixels--, x0 += step, x1 += step, y += 16)
        {
            Vector512<float> u = Vector512.Load(x0), v = Vector512.Load(x1);
            // Channels 0 to 3 of the four groups, then 4 to 7.
            Vector512<float> low = Avx512F.Shuffle4x128(u, v, 0b10_00_10_00), high = Avx512F.Shuffle4x128(u, v, 0b11_01_11_01);
            Add(FusedMultiplyAdd.Of(high, b1, low * b0), FusedMultiplyAdd.Of(high, b3, low * b2),
                FusedMultiplyAdd.Of(high, b5, low * b4), FusedMultiplyAdd.Of(high, b7, low * b6)).Store(y);
        }
    }

    [MethodImpl(Compile.Loop)]
    private static void Sixteen(float* x, long block, int step, float* vectors, float* y, long pixels)
    {
        Vector512<float> b0 = Vector512.Load(vectors), b1 = Vector512.Load(vectors + 16), b2 = Vector512.Load(vectors + 32), b3 = Vector512.Load(vectors + 48);
        Vector512<float> b4 = Vector512.Load(vectors + 64), b5 = Vector512.Load(vectors + 80), b6 = Vector512.Load(vectors + 96), b7 = Vector512.Load(vectors + 112);
        vectors += 128;
        Vector512<float> b8 = Vector512.Load(vectors), b9 = Vector512.Load(vectors + 16), bA = Vector512.Load(vectors + 32), bB = Vector512.Load(vectors + 48);
        Vector512<float> bC = Vector512.Load(vectors + 64), bD = Vector512.Load(vectors + 80), bE = Vector512.Load(vectors + 96), bF = Vector512.Load(vectors + 112);
        float* x1 = x + block, x2 = x1 + block, x3 = x2 + block;
        for (; pixels > 0; pixels--, x += step, x1 += step, x2 += step, x3 += step, y += 16)
        {
            Vector512<float> p = Vector512.Load(x), q = Vector512.Load(x1), r = Vector512.Load(x2), s = Vector512.Load(x3);
            // A transposition of quarters: one group is one block.
            Vector512<float> pq0 = Avx512F.Shuffle4x128(p, q, 0b01_00_01_00), pq1 = Avx512F.Shuffle4x128(p, q, 0b11_10_11_10);
            Vector512<float> rs0 = Avx512F.Shuffle4x128(r, s, 0b01_00_01_00), rs1 = Avx512F.Shuffle4x128(r, s, 0b11_10_11_10);
            Vector512<float> a = Avx512F.Shuffle4x128(pq0, rs0, 0b10_00_10_00), b = Avx512F.Shuffle4x128(pq0, rs0, 0b11_01_11_01);
            Vector512<float> c = Avx512F.Shuffle4x128(pq1, rs1, 0b10_00_10_00), d = Avx512F.Shuffle4x128(pq1, rs1, 0b11_01_11_01);
            Add(Dot(a, b, c, d, b0, b1, b2, b3), Dot(a, b, c, d, b4, b5, b6, b7), Dot(a, b, c, d, b8, b9, bA, bB), Dot(a, b, c, d, bC, bD, bE, bF)).Store(y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Dot(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d,
        Vector512<float> ba, Vector512<float> bb, Vector512<float> bc, Vector512<float> bd) =>
        FusedMultiplyAdd.Of(d, bd, FusedMultiplyAdd.Of(c, bc, FusedMultiplyAdd.Of(b, bb, a * ba)));

    /// <summary>Lane i of each quarter becomes the sum of that quarter of the i-th argument.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector512<float> ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b), cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
        return Avx512F.Shuffle(ab, cd, 0b01_00_01_00) + Avx512F.Shuffle(ab, cd, 0b11_10_11_10);
    }
}
