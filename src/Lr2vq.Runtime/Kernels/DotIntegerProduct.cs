using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Lr2vq.Kernels;

/// <summary><see cref="IntegerProduct"/> for ARM64 with the dot products of bytes, sixteen products an instruction. Rows are differences of bytes, which span at most 255: less an offset
/// each stretch of a row fits in i8, and what the offsets add is known from sums of rows. All of it wraps around as the sums of i16 do, so results are the same.</summary>
internal static unsafe class DotIntegerProduct
{
    /// <summary>Numbers of a row that are made bytes at once, and rows of both operands.</summary>
    private const int Stretch = 256, MostRows = 96;

    public static bool IsSupported => Dp.IsSupported && AdvSimd.Arm64.IsSupported;

    /// <summary>True if so many rows fit.</summary>
    public static bool Serves(int rows, int columns) => Up(rows) + Up(columns) <= MostRows;

    /// <summary>As <see cref="IntegerProduct.Run(short*, int, short*, int, long, int*, long)"/>.</summary>
    public static void Run(short* a, int rows, short* b, int columns, long length, int* c, long stride)
    {
        sbyte* bytes = stackalloc sbyte[MostRows * Stretch];
        ByteRow* sums = stackalloc ByteRow[MostRows];
        int left = Up(rows);
        for (long k = 0; k < length; k += Stretch)
        {
            int count = (int)Math.Min(Stretch, length - k);
            ToBytes(a + k, rows, length, count, bytes, sums);
            ToBytes(b + k, columns, length, count, bytes + left * Stretch, sums + left);
            for (int i = 0; i < rows; i += 4)
                for (int j = 0; j < columns; j += 4)
                    Tile(bytes + i * Stretch, bytes + (left + j) * Stretch, count, sums + i, sums + left + j, c + i * stride + j, stride, Math.Min(4, rows - i), Math.Min(4, columns - j), add: k > 0);
        }
    }

    private static int Up(int rows) => (rows + 3) & ~3;

    /// <summary>A stretch of a row: Σ of its bytes, and what each of them is less than its number.</summary>
    private struct ByteRow
    {
        public int Sum, Offset;
    }

    [MethodImpl(Compile.Loop)]
    private static void ToBytes(short* source, int rows, long length, int count, sbyte* bytes, ByteRow* sums)
    {
        for (int row = 0; row < rows; row++, source += length, bytes += Stretch)
        {
            Vector128<short> least = Vector128<short>.Zero, most = least;
            for (int k = 0; k < count; k += 16)
            {
                Vector128<short> low = Vector128.Load(source + k), high = Vector128.Load(source + k + 8);
                (least, most) = (AdvSimd.Min(least, AdvSimd.Min(low, high)), AdvSimd.Max(most, AdvSimd.Max(low, high)));
            }
            int lowest = AdvSimd.Arm64.MinAcross(least).ToScalar(), highest = AdvSimd.Arm64.MaxAcross(most).ToScalar();
            int offset = lowest < sbyte.MinValue || highest > sbyte.MaxValue ? lowest + 128 : 0;
            var offsets = Vector128.Create((short)offset);
            Vector128<int> sum = Vector128<int>.Zero;
            for (int k = 0; k < count; k += 16)
            {
                Vector128<sbyte> narrow = Vector128.Narrow(Vector128.Load(source + k) - offsets, Vector128.Load(source + k + 8) - offsets);
                sum = Dp.DotProduct(sum, narrow, Vector128<sbyte>.One);
                narrow.Store(bytes + k);
            }
            sums[row] = new ByteRow { Sum = Vector128.Sum(sum), Offset = offset };
        }
    }

    /// <summary>Four rows by four; those beyond an edge are computed from whatever lies there, and not stored.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Tile(sbyte* a, sbyte* b, int count, ByteRow* left, ByteRow* right, int* c, long stride, int rows, int columns, bool add)
    {
        sbyte* a1 = a + Stretch, a2 = a + 2 * Stretch, a3 = a + 3 * Stretch, b1 = b + Stretch, b2 = b + 2 * Stretch, b3 = b + 3 * Stretch;
        Vector128<int> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        Vector128<int> s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
        for (int k = 0; k < count; k += 16)
        {
            Vector128<sbyte> y0 = Vector128.Load(b + k), y1 = Vector128.Load(b1 + k), y2 = Vector128.Load(b2 + k), y3 = Vector128.Load(b3 + k);
            Vector128<sbyte> x = Vector128.Load(a + k);
            (s00, s01, s02, s03) = (Dp.DotProduct(s00, x, y0), Dp.DotProduct(s01, x, y1), Dp.DotProduct(s02, x, y2), Dp.DotProduct(s03, x, y3));
            x = Vector128.Load(a1 + k);
            (s10, s11, s12, s13) = (Dp.DotProduct(s10, x, y0), Dp.DotProduct(s11, x, y1), Dp.DotProduct(s12, x, y2), Dp.DotProduct(s13, x, y3));
            x = Vector128.Load(a2 + k);
            (s20, s21, s22, s23) = (Dp.DotProduct(s20, x, y0), Dp.DotProduct(s21, x, y1), Dp.DotProduct(s22, x, y2), Dp.DotProduct(s23, x, y3));
            x = Vector128.Load(a3 + k);
            (s30, s31, s32, s33) = (Dp.DotProduct(s30, x, y0), Dp.DotProduct(s31, x, y1), Dp.DotProduct(s32, x, y2), Dp.DotProduct(s33, x, y3));
        }
        Store(Sums(s00, s01, s02, s03), count, left, right, c, columns, add);
        if (rows > 1) Store(Sums(s10, s11, s12, s13), count, left + 1, right, c + stride, columns, add);
        if (rows > 2) Store(Sums(s20, s21, s22, s23), count, left + 2, right, c + 2 * stride, columns, add);
        if (rows > 3) Store(Sums(s30, s31, s32, s33), count, left + 3, right, c + 3 * stride, columns, add);
    }

    /// <summary>The sums of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Sums(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d) =>
        AdvSimd.Arm64.AddPairwise(AdvSimd.Arm64.AddPairwise(a, b), AdvSimd.Arm64.AddPairwise(c, d));

    /// <summary>Σ (a + p)(b + q) = Σ ab + p Σ b + q Σ a + n p q.</summary>
    private static void Store(Vector128<int> sums, int count, ByteRow* left, ByteRow* right, int* c, int columns, bool add)
    {
        for (int j = 0; j < columns; j++)
        {
            int sum = sums.GetElement(j) + left->Offset * (right[j].Sum + count * right[j].Offset) + right[j].Offset * left->Sum;
            c[j] = add ? c[j] + sum : sum;
        }
    }
}
