using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Kernels;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

public sealed class TransformCodingTests
{
    [Fact]
    public void LevelsCostTheirEntropy()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 128, 256, 1, 15);
        (EncodedTensor packed, LevelHistogram counts) = Transform(weight, new TransformCoding.Form(1, null), 0.11);
        double bits = 8.0 * packed.Codes.Length, entropy = counts.EntropyBits();
        Assert.InRange(bits, entropy, entropy * 1.01 + 8 * 1.5 * (counts.High - counts.Low + 1));
    }

    [Fact]
    public void AnIdentityBasisChangesNothing()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 32, 16, 3, 16);
        double[] identity = new double[81];
        for (int t = 0; t < 9; t++) identity[t * 10] = 1;
        EncodedTensor plain = Transform(weight, new TransformCoding.Form(9, null), 0.11).Packed;
        EncodedTensor turned = Transform(weight, new TransformCoding.Form(9, identity), 0.11).Packed;
        using OpenedTensor a = new(plain), b = new(turned);
        Assert.Equal(plain.Codes, turned.Codes);
        float[] x = a.Decode(), y = b.Decode();
        for (int i = 0; i < x.Length; i++) Assert.Equal(x[i], y[i], 2e-6f * Math.Abs(x[i]));
    }

    private static readonly TensorSpec s_levels = new(TensorTreatment.Transform, CompressionMethod.TcEcsq);

    [Fact]
    public void ABasisPaysForCorrelatedTaps()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 64, 3, 17, whiteness: 0.2);
        PanelOrder order = PanelOrder.Of(weight.Identity.Canonical);
        float[] normalized = (float[])weight.Canonical.Clone();
        RowNormalization.Divide(normalized, RowNormalization.RootMeanSquares(normalized, 64));
        TransformCoding.Form form = TransformCoding.Choose(normalized, order, 0.11, s_levels, null);
        Assert.NotNull(form.Basis);
        EncodedTensor with = Transform(weight, form, 0.11).Packed, without = Transform(weight, new TransformCoding.Form(1, null), 0.11).Packed;
        Assert.True(with.Codes.Length + with.Codebook.Length < 0.9 * without.Codes.Length);
        Assert.InRange(Verification.Compare(weight, with).Error / Verification.Compare(weight, without).Error, 0.95, 1.05);
        Assert.Null(TransformCoding.Choose(normalized, order, 0.11, s_levels with { Basis = false }, null).Basis);
        Assert.Null(TransformCoding.Choose(normalized.AsSpan(0, 9 * 8), new PanelOrder(1, 8, 9), 0.11, s_levels, null).Basis);   // too small to pay
    }

    [Fact]
    public void CoarseStepsShiftLevelsTowardsZero()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 64, 1, 18);
        Assert.Equal(1, Transform(weight, new TransformCoding.Form(1, null), 1.5).Packed.Parameters[4] & 1);
        Assert.Equal(0, Transform(weight, new TransformCoding.Form(1, null), 0.05).Packed.Parameters[4] & 1);
    }

    internal static (EncodedTensor Packed, LevelHistogram Counts) Transform(MemoryWeight weight, TransformCoding.Form form, double step)
    {
        float[] coefficients = (float[])weight.Canonical.Clone();
        CanonicalShape shape = weight.Identity.Canonical;
        WeightScales scales = WeightScales.Of(coefficients, weight.Identity);
        scales.Divide(coefficients);
        TransformCoding.Rotate(coefficients, form, shape.KernelHeight * shape.KernelWidth);
        var counts = new LevelHistogram();
        foreach (float y in coefficients) counts.Add(TransformCoding.LevelOf(y, (float)(1 / step)));
        return (TransformCoding.Encode(weight.Identity, coefficients, scales, form, step).Tensor, counts);
    }
}
