using System;
using Lr2vq.Memory;

namespace Lr2vq.Kernels;

/// <summary>A weight of bytes that is known at load: rows as <see cref="ByteProduct"/> reads them, signed, with what their zero points come to.</summary>
internal sealed unsafe class PackedBytes
{
    /// <summary>Longest row, so that its sums stay in 32 bits.</summary>
    private const int MostColumns = 1 << 16;

    private readonly int[] _zeroPoints;

    private PackedBytes(byte* data, int* rowSums, int[] zeroPoints, int rows, int columns)
    {
        Data = data;
        RowSums = rowSums;
        (_zeroPoints, Rows, Columns) = (zeroPoints, rows, columns);
        HasZeroPoints = Array.Exists(zeroPoints, zero => zero != 0);
    }

    public byte* Data { get; }

    /// <summary>The sum of each row.</summary>
    public int* RowSums { get; }

    public int Rows { get; }
    public int Columns { get; }

    /// <summary>Whether a zero point of the weights is not 0; then a row of ones follows the others, whose products are the sums of the inputs.</summary>
    public bool HasZeroPoints { get; }

    /// <summary>k ÷ 4, rounded up; what is beyond the columns has the weight 0.</summary>
    public long Groups => (Columns + 3) / 4;

    public long RowBytes => Groups * ByteProduct.WeightBytes;

    public int ZeroPoint(int row) => _zeroPoints[_zeroPoints.Length == 1 ? 0 : row];

    /// <summary>Whether there is a kernel for a weight; else its convolution is computed from the bytes themselves.</summary>
    public static bool Serves(ReadOnlySpan<int> shape, int zeroPoints)
    {
        if (!ByteProduct.IsSupported || shape.Length < 2 || shape[0] < 1) return false;
        long columns = 1;
        foreach (int length in shape[1..])
        {
            columns *= length;
            if (columns is < 1 or > MostColumns) return false;
        }
        return zeroPoints <= 1 || zeroPoints == shape[0];
    }

    /// <summary>Packs a weight whose first axis has the rows.</summary>
    /// <param name="weight">Its bytes, in order.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="isSigned">Whether they are i8; else u8.</param>
    /// <param name="zeroPoints">None, one, or one for each row; of the same type.</param>
    /// <param name="memory">Where the rows go.</param>
    public static PackedBytes Pack(byte[] weight, int[] shape, bool isSigned, byte[] zeroPoints, NativeArena memory)
    {
        int rows = shape[0], columns = weight.Length / rows;
        // Unsigned bytes less 128 are signed ones.
        int flip = isSigned ? 0 : 0x80;
        int[] zeros = zeroPoints.Length == 0 ? [flip == 0 ? 0 : -128] : Array.ConvertAll(zeroPoints, zero => (int)(sbyte)(zero ^ flip));
        long groups = (columns + 3) / 4, rowBytes = groups * ByteProduct.WeightBytes;
        byte* data = memory.Allocate(checked((rows + 1L) * rowBytes));
        int* sums = (int*)memory.Allocate((rows + 1L) * sizeof(int));
        for (int r = 0; r <= rows; r++)
        {
            int sum = 0;
            for (long g = 0; g < groups; g++)
            {
                long k = g * 4;
                sbyte w0 = At(r, k), w1 = At(r, k + 1), w2 = At(r, k + 2), w3 = At(r, k + 3);
                sum += w0 + w1 + w2 + w3;
                ByteProduct.Pack(w0, w1, w2, w3, data + r * rowBytes + g * ByteProduct.WeightBytes);
            }
            sums[r] = sum;
        }
        return new PackedBytes(data, sums, zeros, rows, columns);

        sbyte At(int row, long k) => k >= columns ? (sbyte)0 : row == rows ? (sbyte)1 : (sbyte)(weight[(long)row * columns + k] ^ flip);
    }
}
