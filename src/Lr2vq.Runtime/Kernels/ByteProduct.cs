using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lr2vq.Kernels;

/// <summary>How four products of an unsigned byte and a signed one are added to each of eight sums.</summary>
internal unsafe interface IByteDot
{
    /// <summary>Bytes that four weights take.</summary>
    static abstract int WeightBytes { get; }

    /// <summary>Adds to each sum its four inputs times the same four weights.</summary>
    static abstract Vector256<int> Add(Vector256<int> sums, Vector256<byte> inputs, byte* weights);

    /// <summary>Stores four weights.</summary>
    static abstract void Pack(sbyte w0, sbyte w1, sbyte w2, sbyte w3, byte* to);
}

#if NET10_0_OR_GREATER
/// <summary>One instruction (VNNI).</summary>
internal readonly unsafe struct ByteDotVnni : IByteDot
{
    public static int WeightBytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> inputs, byte* weights) =>
        AvxVnni.MultiplyWideningAndAdd(sums, inputs, Vector256.Create(*(int*)weights).AsSByte());

    public static void Pack(sbyte w0, sbyte w1, sbyte w2, sbyte w3, byte* to) => (to[0], to[1], to[2], to[3]) = ((byte)w0, (byte)w1, (byte)w2, (byte)w3);
}
#endif

/// <summary>Products of 16 bits: the instruction for bytes saturates sums of two.</summary>
internal readonly unsafe struct ByteDotPairs : IByteDot
{
    public static int WeightBytes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> inputs, byte* weights)
    {
        Vector256<short> even = inputs.AsInt16() & Vector256.Create((short)0xFF), odd = Vector256.ShiftRightLogical(inputs.AsInt16(), 8);
        return sums + Avx2.MultiplyAddAdjacent(even, Vector256.Create(*(int*)weights).AsInt16()) + Avx2.MultiplyAddAdjacent(odd, Vector256.Create(*(int*)(weights + 4)).AsInt16());
    }

    public static void Pack(sbyte w0, sbyte w1, sbyte w2, sbyte w3, byte* to) => (((short*)to)[0], ((short*)to)[1], ((short*)to)[2], ((short*)to)[3]) = (w0, w2, w1, w3);
}

/// <summary>Products of rows of weights and the inputs of sixteen pixels, which lie four by four: [k ÷ 4][pixel][4].</summary>
internal static unsafe class ByteProduct
{
    /// <summary>Pixels of a panel.</summary>
    public const int Pixels = 16;

    /// <summary>Bytes of four inputs of each pixel.</summary>
    public const int GroupBytes = 4 * Pixels;

    /// <summary>Whether there is a kernel for the machine.</summary>
    public static bool IsSupported => Avx2.IsSupported && Lanes.Isa >= Isa.Vector256;

    public static int WeightBytes =>
#if NET10_0_OR_GREATER
        AvxVnni.IsSupported ? ByteDotVnni.WeightBytes :
#endif
        ByteDotPairs.WeightBytes;

    public static void Pack(sbyte w0, sbyte w1, sbyte w2, sbyte w3, byte* to)
    {
#if NET10_0_OR_GREATER
        if (AvxVnni.IsSupported)
        {
            ByteDotVnni.Pack(w0, w1, w2, w3, to);
            return;
        }
#endif
        ByteDotPairs.Pack(w0, w1, w2, w3, to);
    }

    /// <summary>sums[r · stride + p] = starts[r] + row r · pixel p.</summary>
    /// <param name="panel">The inputs.</param>
    /// <param name="groups">k ÷ 4.</param>
    /// <param name="weights">Rows of <paramref name="groups"/> · <see cref="WeightBytes"/> bytes.</param>
    /// <param name="rows">How many.</param>
    /// <param name="starts">One for each row.</param>
    /// <param name="sums">The results.</param>
    /// <param name="stride">Between rows of the results.</param>
    public static void Run(byte* panel, long groups, byte* weights, int rows, int* starts, int* sums, long stride)
    {
#if NET10_0_OR_GREATER
        if (AvxVnni.IsSupported)
        {
            Run<ByteDotVnni>(panel, groups, weights, rows, starts, sums, stride);
            return;
        }
#endif
        Run<ByteDotPairs>(panel, groups, weights, rows, starts, sums, stride);
    }

    // Four rows by sixteen pixels; what is left row by row.
    [MethodImpl(Compile.Loop)]
    internal static void Run<D>(byte* panel, long groups, byte* weights, int rows, int* starts, int* sums, long stride) where D : struct, IByteDot
    {
        long row = groups * D.WeightBytes;
        int r = 0;
        for (; r + 4 <= rows; r += 4, weights += 4 * row, sums += 4 * stride)
        {
            Vector256<int> a0 = Vector256.Create(starts[r]), a1 = Vector256.Create(starts[r + 1]), a2 = Vector256.Create(starts[r + 2]), a3 = Vector256.Create(starts[r + 3]);
            Vector256<int> b0 = a0, b1 = a1, b2 = a2, b3 = a3;
            byte* w0 = weights, w1 = w0 + row, w2 = w1 + row, w3 = w2 + row, x = panel;
            for (long k = 0; k < row; k += D.WeightBytes, x += GroupBytes)
            {
                Vector256<byte> left = Vector256.Load(x), right = Vector256.Load(x + 32);
                (a0, b0) = (D.Add(a0, left, w0 + k), D.Add(b0, right, w0 + k));
                (a1, b1) = (D.Add(a1, left, w1 + k), D.Add(b1, right, w1 + k));
                (a2, b2) = (D.Add(a2, left, w2 + k), D.Add(b2, right, w2 + k));
                (a3, b3) = (D.Add(a3, left, w3 + k), D.Add(b3, right, w3 + k));
            }
            int* s1 = sums + stride, s2 = s1 + stride, s3 = s2 + stride;
            a0.Store(sums);
            b0.Store(sums + 8);
            a1.Store(s1);
            b1.Store(s1 + 8);
            a2.Store(s2);
            b2.Store(s2 + 8);
            a3.Store(s3);
            b3.Store(s3 + 8);
        }
        for (; r < rows; r++, weights += row, sums += stride)
        {
            Vector256<int> a = Vector256.Create(starts[r]), b = a;
            byte* x = panel;
            for (long k = 0; k < row; k += D.WeightBytes, x += GroupBytes) (a, b) = (D.Add(a, Vector256.Load(x), weights + k), D.Add(b, Vector256.Load(x + 32), weights + k));
            a.Store(sums);
            b.Store(sums + 8);
        }
    }
}
