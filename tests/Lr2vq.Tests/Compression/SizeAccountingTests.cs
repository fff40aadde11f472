using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Metrics;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>The published ratios and our own tables, from shapes alone. Oracle: the figures printed in the papers, and tables A–D of the design.</summary>
public sealed class SizeAccountingTests
{
    private const double MiB = 1024.0 * 1024.0;

    [Theory]
    [InlineData(18, false, 28.94, 28.94, 1.541)]
    [InlineData(18, true, 43.32, 43.32, 1.029)]
    [InlineData(50, false, 19.15, 19.15, 5.091)]
    [InlineData(50, true, 30.62, 30.61, 3.184)]
    public void PublishedRatiosComeOut(int depth, bool large, double strictly, double upTo, double mib)
    {
        (LayerShape[] layers, int[] norms) = ResNet(depth);
        SizeSetting setting = Setting(depth, large, 256);
        var bgd = SizeAccounting.Papers(layers, norms, 1000, setting, SizeAccounting.ClampKStrictly);
        var pqf = SizeAccounting.Papers(layers, norms, 1000, setting, SizeAccounting.ClampK);
        Assert.Equal(strictly, Math.Round(bgd.Ratio, 2));
        Assert.Equal(upTo, Math.Round(pqf.Ratio, 2));
        Assert.Equal(mib, Math.Round(bgd.Total / MiB, 3));
        Assert.Equal(depth == 18 ? 44.59 : 97.49, Math.Round(bgd.Original / MiB, 2));
    }

    [Theory]
    [InlineData(18, false, new[] { 28.94, 25.26, 21.99, 18.78 })]
    [InlineData(18, true, new[] { 43.32, 36.69, 29.87, 24.05 })]
    [InlineData(50, false, new[] { 19.15, 16.98, 15.06, 13.00 })]
    [InlineData(50, true, new[] { 30.62, 26.60, 22.33, 18.32 })]
    public void LargerCodebooksCostRatio(int depth, bool large, double[] ratios)
    {
        (LayerShape[] layers, int[] norms) = ResNet(depth);
        for (int i = 0; i < ratios.Length; i++)
            Assert.Equal(ratios[i], Math.Round(SizeAccounting.Papers(layers, norms, 1000, Setting(depth, large, 256 << i), SizeAccounting.ClampKStrictly).Ratio, 2));
    }

    [Theory]
    [InlineData(18, false, new[] { 1604544L, 1842368, 2155712, 2548928 }, new[] { 29.14, 25.38, 21.69, 18.35 }, 1556736, 30.04)]
    [InlineData(18, true, new[] { 1067968L, 1303232, 1612992, 2114752 }, new[] { 43.79, 35.88, 28.99, 22.11 }, 983584, 47.54)]
    [InlineData(50, false, new[] { 5244064L, 5925536, 6752416, 7833248 }, new[] { 19.48, 17.24, 15.13, 13.04 }, 5166824, 19.77)]
    [InlineData(50, true, new[] { 3244640L, 3803488, 4546400, 5821792 }, new[] { 31.48, 26.86, 22.47, 17.55 }, 3095272, 33.00)]
    public void StrictBytesOfExactQuantization(int depth, bool large, long[] bytes, double[] ratios, long int8Bytes, double int8Ratio)
    {
        LayerShape[] layers = ResNet(depth).Layers;
        for (int i = 0; i < bytes.Length; i++)
        {
            var size = SizeAccounting.File(layers, Setting(depth, large, 256 << i));
            Assert.Equal(bytes[i], size.Total);
            Assert.Equal(ratios[i], Math.Round(size.Ratio, 2));
        }
        var int8 = SizeAccounting.File(layers, Setting(depth, large, 256) with { Entries = EntryEncoding.Int8 });
        Assert.Equal(int8Bytes, int8.Total);
        Assert.Equal(int8Ratio, Math.Round(int8.Ratio, 2));
    }

    [Theory]
    [InlineData(18, false, 1562016, 2007712, new[] { 1439616L, 52224, 1504, 18816, 23200, 26656 })]
    [InlineData(18, true, 988224, 1341760, new[] { 829312L, 84992, 5248, 18816, 23200, 26656 })]
    [InlineData(50, false, 5172368, 6474896, new[] { 4929536L, 81920, 2032, 18816, 110240, 29824 })]
    [InlineData(50, true, 3101616, 4019376, new[] { 2784704L, 150528, 7504, 18816, 110240, 29824 })]
    public void StrictBytesOfLowRankQuantization(int depth, bool large, long small, long wide, long[] parts)
    {
        LayerShape[] layers = ResNet(depth).Layers;
        SizeSetting Half(int k) => Setting(depth, large, k) with { D = m => (m + 1) / 2 };
        var size = SizeAccounting.File(layers, Half(256));
        Assert.Equal(small, size.Total);
        Assert.Equal(parts, new[] { size.Codes, size.Codebooks, size.Bases, size.Dense, size.Biases, size.Directory });
        Assert.Equal(wide, SizeAccounting.File(layers, Half(1024)).Total);
    }

    [Theory]
    [InlineData(512, 64, 128)]
    [InlineData(1024, 128, 256)]
    [InlineData(1025, 256, 256)]
    public void TheTwoClampsDifferWhereAQuarterIsAPowerOfTwo(long subvectors, int strictly, int upTo)
    {
        Assert.Equal(strictly, SizeAccounting.ClampKStrictly(256, subvectors));
        Assert.Equal(upTo, SizeAccounting.ClampK(256, subvectors));
    }

    private static SizeSetting Setting(int depth, bool large, int k) => new(large ? 18 : 9, large && depth == 50 ? 8 : 4, 4, k, Math.Max(k, depth == 18 ? 2048 : 1024));

    /// <summary>The torchvision networks: layers, and the widths of their batch norms.</summary>
    private static (LayerShape[] Layers, int[] Norms) ResNet(int depth)
    {
        int[] blocks = depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3];
        bool bottleneck = depth == 50;
        var layers = new List<LayerShape> { new(64, 3, 7, 7, IsFirst: true) };
        int inputs = 64;
        for (int stage = 0; stage < 4; stage++)
        {
            int width = 64 << stage, outputs = bottleneck ? 4 * width : width;
            for (int b = 0; b < blocks[stage]; b++)
            {
                if (bottleneck) layers.AddRange([new(width, inputs, 1, 1), new(width, width, 3, 3), new(outputs, width, 1, 1)]);
                else layers.AddRange([new(width, inputs, 3, 3), new(width, width, 3, 3)]);
                if (b == 0 && (stage > 0 || bottleneck)) layers.Add(new(outputs, inputs, 1, 1));
                inputs = outputs;
            }
        }
        int[] norms = [.. layers.Select(l => l.Outputs)];
        layers.Add(new(1000, inputs, 1, 1, IsClassifier: true));
        return ([.. layers], norms);
    }
}
