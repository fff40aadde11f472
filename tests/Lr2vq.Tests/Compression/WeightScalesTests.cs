using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>Where input channels differ in scale, the error follows each of them.</summary>
public sealed class WeightScalesTests
{
    [Theory]
    [InlineData("Gemm", 1, 1)]
    [InlineData("MatMul", 1, 1)]
    [InlineData("Gather", 1, 1)]
    [InlineData("Conv", 1, 1)]
    [InlineData("Conv", 3, 1)]
    [InlineData("Conv", 3, 4)]
    [InlineData("ConvTranspose", 2, 1)]
    [InlineData("ConvTranspose", 2, 4)]
    public void NoColumnIsLost(string role, int size, int groups)
    {
        MemoryWeight weight = Uneven(Enum.Parse<WeightRole>(role), rows: 72, inputs: 48, size, groups, c => Math.Pow(10, c % 9 - 4));
        CompressionResult result = Compress(weight, new CompressionOptions());
        TensorReport report = result.Reports[0];
        Assert.True(report.Format is TensorFormat.ScaledTransform or TensorFormat.ScaledTrellis);
        Assert.InRange(report.RelativeError, 0.0003, 0.001);
        Assert.InRange(report.WorstColumn, report.RelativeError, 0.006);
        Assert.Equal((report.RelativeError, report.WorstColumn), (result.WorstTensor, result.WorstColumn));
        using var opened = new OpenedTensor(result.Tensors[0]);
        Assert.Equal(report.WorstColumn, Worst(weight, opened.Decode()), 1e-6);
    }

    [Fact]
    public void OneLargeColumnLeavesTheOthersTheirPrecision()
    {
        MemoryWeight weight = Uneven(WeightRole.Gemm, 64, 64, 1, 1, c => c == 17 ? 1000 : 1);
        CompressionResult result = Compress(weight, new CompressionOptions());
        Assert.InRange(result.WorstColumn, 0, 0.006);
        Assert.InRange(result.Reports[0].Ratio, 4, 12);
    }

    [Fact]
    public void EvenColumnsTakeNoBytes()
    {
        MemoryWeight weight = Uneven(WeightRole.Conv, 64, 64, 3, 1, c => 1 + c % 2);
        Assert.Empty(WeightScales.Of(weight.Canonical, weight.Identity).Columns);
        Assert.Equal(TensorFormat.Trellis, Compress(weight, new CompressionOptions()).Reports[0].Format);
        Assert.Equal(TensorFormat.Transform, Compress(weight, new CompressionOptions { Trellis = TrellisUse.Off }).Reports[0].Format);
    }

    [Fact]
    public void DeadChannelsDoNotCount()
    {
        MemoryWeight weight = Uneven(WeightRole.Gemm, 64, 64, 1, 1, c => c % 3 == 0 ? 1e-12 : c % 3 == 1 ? 0 : 1);
        Assert.InRange(Compress(weight, new CompressionOptions()).WorstColumn, 0, 0.01);
    }

    /// <summary>Too few weights for levels: int8 has one scale for a row.</summary>
    [Theory]
    [InlineData(3, "Fp16")]
    [InlineData(9, "Planes")]
    public void SmallTensorsKeepTheirColumns(int octaves, string expected)
    {
        MemoryWeight weight = Uneven(WeightRole.Gemm, 16, 16, 1, 1, c => Math.Pow(10, -octaves / 3) * Math.Pow(4, -(c % 2 * octaves)));
        CompressionResult result = Compress(weight, new CompressionOptions());
        Assert.Equal((byte)Enum.Parse<DenseEncoding>(expected), result.Tensors[0].Parameters[0]);
        Assert.InRange(result.WorstColumn, 0, 0.002);
        // Who asks for int8 gets it.
        TensorReport asked = Compress(weight, new CompressionOptions { Method = CompressionMethod.Int8 }).Reports[0];
        Assert.InRange(asked.WorstColumn, 0.004, 2);
    }

    [Fact]
    public void WhatIsDividedComesBack()
    {
        MemoryWeight weight = Uneven(WeightRole.Conv, 24, 10, 3, 2, c => Math.Pow(3, c % 7));
        WeightScales scales = WeightScales.Of(weight.Canonical, weight.Identity);
        Assert.Equal(20, scales.Columns.Length);
        float[] normalized = (float[])weight.Canonical.Clone();
        scales.Divide(normalized);
        for (int r = 0; r < 24; r++)
        {
            double square = 0;
            for (int j = 0; j < 90; j++)
            {
                double scale = scales.Rows[r] * Math.Pow(2, scales.Columns[r / 12 * 10 + j / 9] / 2.0);
                Assert.Equal(weight.Canonical[r * 90 + j], normalized[r * 90 + j] * scale, 1e-5 * Math.Abs(weight.Canonical[r * 90 + j]));
                square += (double)normalized[r * 90 + j] * normalized[r * 90 + j];
            }
            // Scales lie on sixteenths of an octave.
            Assert.Equal(1, square / 90, 0.045);
        }
    }

    private static double Worst(MemoryWeight weight, float[] decoded)
    {
        ColumnErrors errors = ColumnErrors.Of(weight.Identity)!;
        errors.Add(0, weight.Canonical, decoded);
        return errors.Worst();
    }

    private static CompressionResult Compress(MemoryWeight weight, CompressionOptions options) =>
        Compressor.Compress([weight], options, lengths => lengths.Sum(l => l.Payload), 4 * weight.Length, null, new DiagnosticBag(), default);

    /// <summary>Each input channel of each group with a scale of its own.</summary>
    private static MemoryWeight Uneven(WeightRole role, int rows, int inputs, int size, int groups, Func<int, double> scale)
    {
        int[] shape = role switch
        {
            WeightRole.Conv => [rows, inputs, size, size],
            WeightRole.ConvTranspose => [inputs * groups, rows / groups, size, size],
            WeightRole.MatMul => [inputs, rows],
            _ => [rows, inputs],
        };
        var identity = new TensorIdentity("w", role, ElementType.Float32, shape, groups);
        int taps = size * size;
        float[] weights = CodecCases.Weights(rows, inputs * taps, 3);
        for (int n = 0; n < weights.Length; n++) weights[n] *= (float)scale(n / taps % inputs + n / (inputs * taps) / (rows / groups));
        return new MemoryWeight(identity, weights);
    }
}
