using System;
using System.Linq;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Products of rows of differences of bytes, in every width, against sums that cannot wrap around.</summary>
[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed unsafe class IntegerProductTests
{
    [Theory]
    [InlineData(-128, 127, -128, 127), InlineData(0, 255, -127, 127), InlineData(-255, 0, 0, 255), InlineData(-77, 178, -200, 55), InlineData(255, 255, -255, -255)]
    public void SumsAreExact(int leastOfA, int mostOfA, int leastOfB, int mostOfB)
    {
        Random random = new(leastOfA + 1000 * leastOfB);
        foreach ((int rows, int columns, int length) in new[] { (1, 1, 1), (4, 4, 16), (16, 64, 300), (3, 9, 256), (32, 32, 27), (7, 5, 1000), (5, 2, 513) })
        {
            long padded = IntegerProduct.Padded(length);
            short[] a = Rows(rows, leastOfA, mostOfA), b = Rows(columns, leastOfB, mostOfB);
            int stride = columns + 3;
            foreach (Isa isa in VectorWidths.All)
            {
                int[] c = [.. Enumerable.Repeat(77, rows * stride)];
                using (Lanes.Forced _ = Lanes.Force(isa))
                    fixed (short* left = a, right = b)
                    fixed (int* sums = c)
                        IntegerProduct.Run(left, rows, right, columns, padded, sums, stride);
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < stride; j++)
                    {
                        long expected = j < columns ? Enumerable.Range(0, length).Sum(k => (long)a[i * padded + k] * b[j * padded + k]) : 77;
                        Assert.True(expected == c[i * stride + j], $"{isa}, {rows} by {columns}, {length}: {c[i * stride + j]} for {expected} at {i}, {j}");
                    }
            }

            short[] Rows(int count, int least, int most)
            {
                var values = new short[count * padded];
                for (int r = 0; r < count; r++)
                    for (int k = 0; k < length; k++) values[r * padded + k] = (short)random.Next(least, most + 1);
                return values;
            }
        }
    }
}
