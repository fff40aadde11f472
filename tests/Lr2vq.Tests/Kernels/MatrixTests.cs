using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Kernels;

[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed class MatrixTests
{
    [Fact]
    public void Products_with_weights()
    {
        var random = new Random(3);
        foreach ((int m, int k, int n) in new[] { (1, 64, 10), (1, 33, 100), (2, 16, 16), (7, 40, 35), (30, 70, 64), (13, 1100, 20), (1, 1, 1), (5, 1, 3) })
            foreach (Isa isa in VectorWidths.All)
                foreach (WeightRole role in new[] { WeightRole.Gemm, WeightRole.MatMul })
                {
                    using Lanes.Forced forced = Lanes.Force(isa);
                    TestTensor x = TestTensor.Random(random, [m, k]), w = TestTensor.Random(random, role == WeightRole.Gemm ? [n, k] : [k, n]);
                    int kind = random.Next(6);
                    TestTensor? bias = kind switch
                    {
                        0 => null,
                        1 => TestTensor.Random(random, [1]),
                        2 => TestTensor.Random(random, [m, n]),
                        3 => TestTensor.Random(random, [m, 1]),
                        _ => TestTensor.Random(random, [n]),
                    };
                    bool scaled = random.Next(2) == 0;
                    string act = random.Next(2) == 0 ? "act=relu" : "act=sigmoid";
                    string attributes = act + (scaled ? $" alpha={OperatorBench.Bits(0.5f)} beta={OperatorBench.Bits(2f)}" : "");
                    var expected = new float[m * n];
                    for (int i = 0; i < m; i++)
                        for (int j = 0; j < n; j++)
                        {
                            double sum = 0;
                            for (int l = 0; l < k; l++) sum += (double)x.Values[i * k + l] * w.Values[role == WeightRole.Gemm ? j * k + l : l * n + j];
                            double add = kind switch { 0 => 0, 1 => bias!.Values[0], 2 => bias!.Values[i * n + j], 3 => bias!.Values[i], _ => bias!.Values[j] };
                            sum = scaled ? 0.5 * sum + 2 * add : sum + add;
                            expected[i * n + j] = (float)(act == "act=relu" ? Math.Max(0, sum) : 1 / (1 + Math.Exp(-sum)));
                        }
                    float[] actual = OperatorBench.Run<Gemm>(attributes, [m, n], TensorLayout.Plain, x, w.AsWeight(role), bias);
                    OperatorBench.Near(expected, actual, $"{m}×{k}×{n} {isa} {role} bias {kind} {attributes}", 1e-5);
                }
    }

    /// <summary>Exact, low-rank and residual codebooks, of lengths and code widths that have a direct way and some that have none.</summary>
    [Fact]
    public void One_row_times_codes()
    {
        var random = new Random(5);
        (int M, int D, int K, int Stages)[] formats =
        [
            (4, 4, 256, 1), (8, 8, 256, 1), (16, 16, 200, 1), (32, 32, 256, 1), (8, 8, 16, 1), (8, 8, 1000, 1), (8, 8, 256, 2), (6, 6, 256, 1),
            (8, 4, 256, 1), (16, 4, 256, 1), (16, 8, 256, 1), (32, 16, 20, 1), (8, 2, 256, 1), (64, 32, 256, 1), (8, 4, 600, 1), (12, 4, 256, 1),
        ];
        foreach ((int m, int d, int k, int stages) in formats)
            foreach ((int inputs, int outputs) in new[] { (m, 16), (3 * m, 27), (8 * m, 100), (5 * m + 4, 40) })
                foreach (WeightRole role in new[] { WeightRole.Gemm, WeightRole.MatMul })
                    foreach (SliceAxis axis in new[] { SliceAxis.InputChannel, SliceAxis.Spatial, SliceAxis.OutputChannel })
                    {
                        int[] shape = role == WeightRole.Gemm ? [outputs, inputs] : [inputs, outputs];
                        var identity = new TensorIdentity("w", role, ElementType.Float32, shape, 1);
                        using var opened = new OpenedTensor(CodebookTensor.Pack(identity,
                            CodebookTensorTests.Factors(identity, axis, m, d, k, stages, random.Next(2) == 0, EntryEncoding.Fp16)));
                        float[] rows = opened.Decode();
                        TestTensor x = TestTensor.Random(random, [1, inputs]), bias = TestTensor.Random(random, [outputs]);
                        var w = new TestTensor(shape, role == WeightRole.Gemm ? rows : new float[rows.Length], Weight: role) { Tensor = opened.Tensor };
                        var expected = new float[outputs];
                        for (int o = 0; o < outputs; o++)
                        {
                            double sum = 2 * bias.Values[o];
                            for (int i = 0; i < inputs; i++) sum += 0.5 * x.Values[i] * rows[o * inputs + i];
                            expected[o] = (float)Math.Max(0, sum);
                        }
                        foreach (Isa isa in VectorWidths.All)
                        {
                            using Lanes.Forced forced = Lanes.Force(isa);
                            float[] actual = OperatorBench.Run<Gemm>($"act=relu alpha={OperatorBench.Bits(0.5f)} beta={OperatorBench.Bits(2f)}", [1, outputs], TensorLayout.Plain, x, w, bias);
                            OperatorBench.Near(expected, actual, $"m {m} d {d} k {k} {stages} {axis} {role} {inputs}→{outputs} {isa}", 1e-5);
                        }
                    }
    }

    /// <summary>Levels with and without shifts, wide, with scales of inputs, and rows of bytes.</summary>
    [Fact]
    public void A_few_rows_times_levels()
    {
        var random = new Random(6);
        foreach ((int m, int inputs, int outputs) in new[] { (1, 40, 33), (2, 16, 16), (3, 33, 20), (4, 64, 48), (5, 7, 5), (8, 100, 17), (9, 20, 30), (16, 48, 16), (17, 24, 40) })
            foreach (WeightRole role in new[] { WeightRole.Gemm, WeightRole.MatMul })
            {
                int[] shape = role == WeightRole.Gemm ? [outputs, inputs] : [inputs, outputs];
                var identity = new TensorIdentity("w", role, ElementType.Float32, shape, 1);
                List<EncodedTensor> weights = [.. new[] { (false, 100, 0), (true, 30, 0), (true, 30, 1), (false, 3000, 1) }
                    .Select(f => TransformTensor.Pack(identity, TransformTensorTests.Factors(outputs, inputs, 1, false, f.Item1, f.Item2, seed: m, f.Item3)))];
                weights.AddRange(new[] { DenseEncoding.Int8, DenseEncoding.Fp16, DenseEncoding.Fp32 }.Select(e => DenseTensor.Pack(identity, TestTensor.Random(random, [outputs, inputs]).Values, e)));
                foreach (EncodedTensor encoded in weights)
                {
                    using var opened = new OpenedTensor(encoded);
                    float[] rows = opened.Decode();
                    TestTensor x = TestTensor.Random(random, [m, inputs]), bias = TestTensor.Random(random, [outputs]);
                    var w = new TestTensor(shape, role == WeightRole.Gemm ? rows : new float[rows.Length], Weight: role) { Tensor = opened.Tensor };
                    bool scaled = random.Next(3) == 0;
                    var expected = new float[m * outputs];
                    for (int i = 0; i < expected.Length; i++)
                    {
                        double sum = 0;
                        for (int j = 0; j < inputs; j++) sum += (double)x.Values[i / outputs * inputs + j] * rows[i % outputs * inputs + j];
                        expected[i] = (float)Math.Max(0, (scaled ? 0.5 * sum : sum) + bias.Values[i % outputs]);
                    }
                    foreach (Isa isa in VectorWidths.All)
                    {
                        using Lanes.Forced forced = Lanes.Force(isa);
                        float[] actual = OperatorBench.Run<Gemm>("act=relu" + (scaled ? $" alpha={OperatorBench.Bits(0.5f)}" : ""), [m, outputs], TensorLayout.Plain, x, w, bias);
                        OperatorBench.Near(expected, actual, $"{m} times {encoded.Format} {role} {inputs}→{outputs} {isa}", 1e-5);
                    }
                }
            }
    }

    [Theory]
    [InlineData(1, 8, 8, 64, true)]
    [InlineData(1, 16, 4, 64, true)]
    [InlineData(0, 8, 8, 64, true)]
    [InlineData(2, 8, 8, 64, false)]
    [InlineData(1, 8, 8, 60, false)]
    public void Codes_that_are_multiplied_directly(int axis, int m, int d, int inputs, bool direct)
    {
        var identity = new TensorIdentity("w", WeightRole.Gemm, ElementType.Float32, [20, inputs], 1);
        using var opened = new OpenedTensor(CodebookTensor.Pack(identity, CodebookTensorTests.Factors(identity, (SliceAxis)axis, m, d, 256, 1, true, EntryEncoding.Int8)));
        Assert.Equal(direct, opened.Tensor.HasProducts);
    }

    [Fact]
    public void Batched_products()
    {
        var random = new Random(4);
        (int[] A, int[] B)[] batches = [([], []), ([3], []), ([], [2]), ([2, 3], [3]), ([2, 1], [1, 3]), ([2], [2])];
        foreach ((int[] batchA, int[] batchB) in batches)
            foreach (Isa isa in VectorWidths.All)
                for (int form = 0; form < 4; form++)
                {
                    using Lanes.Forced forced = Lanes.Force(isa);
                    bool ta = (form & 1) != 0, tb = (form & 2) != 0, bias = random.Next(2) == 0;
                    int m = random.Next(3) == 0 ? 1 : random.Next(1, 20), k = random.Next(1, 40), n = random.Next(1, 40);
                    TestTensor a = TestTensor.Random(random, [.. batchA, .. ta ? [k, m] : new[] { m, k }]);
                    TestTensor b = TestTensor.Random(random, [.. batchB, .. tb ? [n, k] : new[] { k, n }]), c = TestTensor.Random(random, [n]);
                    int rank = Math.Max(batchA.Length, batchB.Length);
                    int[] pa = [.. Enumerable.Repeat(1, rank - batchA.Length), .. batchA], pb = [.. Enumerable.Repeat(1, rank - batchB.Length), .. batchB];
                    int[] batch = pa.Zip(pb, Math.Max).ToArray();
                    int count = batch.Aggregate(1, (p, q) => p * q);
                    var expected = new float[count * m * n];
                    for (int i = 0; i < count; i++)
                    {
                        int fromA = 0, fromB = 0;
                        for (int axis = 0, rest = count; axis < rank; axis++)
                        {
                            rest /= batch[axis];
                            int index = i / rest % batch[axis];
                            fromA = fromA * pa[axis] + (pa[axis] == 1 ? 0 : index);
                            fromB = fromB * pb[axis] + (pb[axis] == 1 ? 0 : index);
                        }
                        for (int r = 0; r < m; r++)
                            for (int j = 0; j < n; j++)
                            {
                                double sum = 0;
                                for (int l = 0; l < k; l++)
                                    sum += (double)a.Values[fromA * m * k + (ta ? l * m + r : r * k + l)] * b.Values[fromB * k * n + (tb ? j * k + l : l * n + j)];
                                expected[(i * m + r) * n + j] = (float)(0.5 * sum + (bias ? c.Values[j] : 0));
                            }
                    }
                    float[] actual = OperatorBench.Run<MatMul>($"alpha={OperatorBench.Bits(0.5f)}{(ta ? " transA=1" : "")}{(tb ? " transB=1" : "")}",
                        [.. batch, m, n], TensorLayout.Plain, a, b, bias ? c : null);
                    OperatorBench.Near(expected, actual, $"[{string.Join(',', a.Shape)}]·[{string.Join(',', b.Shape)}] {isa} {ta} {tb}", 1e-5);
                }
    }
}
