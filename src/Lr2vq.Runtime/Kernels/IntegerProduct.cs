using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Bytes that are factors: signed or not, with one zero point or one for each row.</summary>
internal readonly unsafe struct ByteOperand(byte* data, ElementType type, byte* zeroPoints, bool zeroPointOfEach)
{
    public byte* Data => data;

    public bool IsSigned => type == ElementType.Int8;

    /// <summary>The bytes from some place on, with the same zero points.</summary>
    public ByteOperand From(long first) => new(data + first, type, zeroPoints, zeroPointOfEach);

    public int ZeroPoint(long index) => SmallIntegers.At(zeroPoints, type, zeroPointOfEach ? index : 0);
}

/// <summary>Where sums of integer products go.</summary>
internal unsafe interface IIntegerSink
{
    /// <param name="sums">The sums.</param>
    /// <param name="count">How many.</param>
    /// <param name="index">Output channel of all, or column of the first.</param>
    /// <param name="at">Where the first belongs in the result.</param>
    void Store(int* sums, int count, long index, long at);
}

/// <summary>Products of rows of i16, and how long their rows are.</summary>
internal static unsafe class IntegerProduct
{
    private const int Widest = 16;

    /// <summary>Numbers of a padded row; those beyond <paramref name="length"/> are zero.</summary>
    public static long Padded(long length) => (length + Widest - 1) / Widest * Widest;

    /// <summary>c[i·stride + j] = a[i] · b[j] for rows of <paramref name="length"/> numbers, which is padded. The numbers are differences of bytes.</summary>
    public static void Run(short* a, int rows, short* b, int columns, long length, int* c, long stride)
    {
        Isa isa = Lanes.Isa;
        if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) Run<DotLanes256, Vector256<short>, Vector256<int>>(a, rows, b, columns, length, c, stride);
        else if (DotIntegerProduct.IsSupported && isa >= Isa.Vector128 && DotIntegerProduct.Serves(rows, columns)) DotIntegerProduct.Run(a, rows, b, columns, length, c, stride);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) Run<DotLanes128, Vector128<short>, Vector128<int>>(a, rows, b, columns, length, c, stride);
        else Run<DotLanes1, short, int>(a, rows, b, columns, length, c, stride);
    }

    // Tiles of two rows by four columns. At an edge the last row or column stands in for those that are not there, and is written again.
    [MethodImpl(Compile.Loop)]
    private static void Run<L, S, I>(short* a, int rows, short* b, int columns, long length, int* c, long stride)
        where L : struct, IDotLanes<S, I> where S : struct where I : struct
    {
        for (int i = 0; i < rows; i += 2)
        {
            int second = Math.Min(i + 1, rows - 1);
            short* a0 = a + i * length, a1 = a + second * length;
            for (int j = 0; j < columns; j += 4)
            {
                int j1 = Math.Min(j + 1, columns - 1), j2 = Math.Min(j + 2, columns - 1), j3 = Math.Min(j + 3, columns - 1);
                short* b0 = b + j * length, b1 = b + j1 * length, b2 = b + j2 * length, b3 = b + j3 * length;
                I s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
                for (long k = 0; k < length; k += L.Count)
                {
                    S x0 = L.Load(a0 + k), x1 = L.Load(a1 + k), y = L.Load(b0 + k);
                    (s00, s10) = (L.AddProducts(s00, x0, y), L.AddProducts(s10, x1, y));
                    y = L.Load(b1 + k);
                    (s01, s11) = (L.AddProducts(s01, x0, y), L.AddProducts(s11, x1, y));
                    y = L.Load(b2 + k);
                    (s02, s12) = (L.AddProducts(s02, x0, y), L.AddProducts(s12, x1, y));
                    y = L.Load(b3 + k);
                    (s03, s13) = (L.AddProducts(s03, x0, y), L.AddProducts(s13, x1, y));
                }
                int* c0 = c + i * stride, c1 = c + second * stride;
                (c0[j], c0[j1], c0[j2], c0[j3]) = (L.Sum(s00), L.Sum(s01), L.Sum(s02), L.Sum(s03));
                (c1[j], c1[j1], c1[j2], c1[j3]) = (L.Sum(s10), L.Sum(s11), L.Sum(s12), L.Sum(s13));
            }
        }
    }
}
