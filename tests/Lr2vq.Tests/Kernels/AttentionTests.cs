using System;
using System.Linq;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Kernels;

[Trait("Isa", "true")]
public sealed class AttentionTests
{
    [Fact]
    public void Every_width_against_its_definition()
    {
        var random = new Random(8);
        foreach ((int heads, int m, int n, int d, int width) in new[] { (1, 1, 1, 1, 1), (2, 13, 16, 16, 16), (3, 30, 33, 20, 35), (2, 25, 50, 64, 32), (1, 7, 200, 8, 5), (1, 5, 3, 0, 4) })
            foreach (int kind in new[] { 0, 1, 2 })
            {
                bool rows = random.Next(2) == 0, shared = random.Next(2) == 0;
                TestTensor q = TestTensor.Random(random, [heads, m, d]), v = TestTensor.Random(random, [heads, n, width]);
                TestTensor k = TestTensor.Random(random, [shared ? 1 : heads, rows ? n : d, rows ? d : n]);
                // Large numbers, and keys that a mask takes out altogether.
                TestTensor? mask = kind switch { 0 => null, 1 => TestTensor.Random(random, [n]), _ => TestTensor.Random(random, [m, n]) };
                for (int i = 0; i < mask?.Values.Length; i++)
                    mask.Values[i] = i % n > 0 && random.Next(4) == 0 ? float.NegativeInfinity : mask.Values[i] * 30f;
                var expected = new float[heads * m * width];
                for (int h = 0; h < heads; h++)
                    for (int r = 0; r < m; r++)
                    {
                        var scores = new double[n];
                        for (int j = 0; j < n; j++)
                        {
                            int key = shared ? 0 : h * n * d;
                            for (int i = 0; i < d; i++)
                                scores[j] += 0.5 * q.Values[(h * m + r) * d + i] * k.Values[key + (rows ? j * d + i : i * n + j)];
                            if (mask is not null) scores[j] += mask.Values[kind == 1 ? j : r * n + j];
                        }
                        double largest = scores.Max(), sum = scores.Sum(s => Math.Exp(s - largest));
                        for (int c = 0; c < width; c++)
                            expected[(h * m + r) * width + c] = (float)scores.Select((s, j) => Math.Exp(s - largest) / sum * v.Values[(h * n + j) * width + c]).Sum();
                    }
                foreach (Isa isa in VectorWidths.All)
                {
                    using Lanes.Forced forced = Lanes.Force(isa);
                    float[] actual = OperatorBench.Run<Attention>($"scale={OperatorBench.Bits(0.5f)}{(rows ? " transB=1" : "")}", [heads, m, width], TensorLayout.Plain, q, k, v, mask);
                    OperatorBench.Near(expected, actual, $"{heads} heads {m}×{n}×{d}×{width}, mask {kind}, {isa}", 5e-6);
                }
            }
    }
}
