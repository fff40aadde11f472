using System;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Kernels;

[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed unsafe class Transpose16Tests
{
    [Fact]
    public void Lanes_and_rows_are_inverse()
    {
        foreach (int rows in new[] { 1, 3, 4, 7, 15, 16 })
            foreach (int columns in new[] { 1, 3, 4, 5, 16, 33 })
            {
                int stride = columns + 3;
                float[] source = Numbered(16 * stride), lanes = new float[columns * 16 + 1], back = new float[16 * stride];
                lanes[^1] = 77f;
                fixed (float* s = source, l = lanes, b = back)
                {
                    Transpose16.ToLanes(s, stride, rows, columns, l);
                    Transpose16.FromLanes(l, columns, rows, b, stride);
                }
                Assert.Equal(77f, lanes[^1]);
                for (int r = 0; r < 16; r++)
                    for (int c = 0; c < stride; c++)
                    {
                        if (c < columns) Assert.Equal(r < rows ? source[r * stride + c] : 0f, lanes[c * 16 + r]);
                        Assert.Equal(r < rows && c < columns ? source[r * stride + c] : 0f, back[r * stride + c]);
                    }
            }
    }

    [Fact]
    public void Panels_have_the_order_that_kernels_stream()
    {
        foreach (int inputs in new[] { 1, 3, 15, 16, 17, 40 })
            foreach (int taps in new[] { 1, 2, 9, 25 })
            {
                int stride = inputs * taps;
                float[] source = Numbered(16 * stride), panel = new float[stride * 16 + 1];
                panel[^1] = 77f;
                fixed (float* s = source, p = panel) Transpose16.ToPanel(s, stride, inputs, taps, p);
                Assert.Equal(77f, panel[^1]);
                for (int i = 0; i < inputs; i++)
                    for (int tap = 0; tap < taps; tap++)
                        for (int r = 0; r < 16; r++)
                        {
                            int block = i - i % 16, lanes = Math.Min(16, inputs - block);
                            Assert.Equal(source[r * stride + i * taps + tap], panel[(block * taps + tap * lanes + i % 16) * 16 + r]);
                        }
            }
    }

    private static float[] Numbered(int count)
    {
        var numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = i + 1;
        return numbers;
    }
}
