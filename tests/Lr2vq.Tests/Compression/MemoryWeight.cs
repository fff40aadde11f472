using System;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;

namespace Lr2vq.Tests.Compression;

/// <summary>A weight whose canonical values are at hand.</summary>
internal sealed class MemoryWeight(TensorIdentity identity, float[] canonical) : WeightSource(identity)
{
    public float[] Canonical => canonical;

    public override void ReadCanonical(Span<float> destination) => canonical.CopyTo(destination);

    public override byte[] ReadRaw() => MemoryMarshal.AsBytes<float>(canonical).ToArray();

    /// <summary>A convolution with heavy-tailed weights; taps are correlated, more so for smaller <paramref name="whiteness"/>.</summary>
    public static MemoryWeight Conv(string name, int rows, int inputs, int size, int seed, int groups = 1, double whiteness = 0.5)
    {
        int taps = size * size;
        float[] weights = CodecCases.Weights(rows, inputs * taps, seed);
        if (taps > 1)
        {
            for (int n = 0; n < weights.Length; n += taps)
            {
                float mean = weights[n];
                for (int t = 0; t < taps; t++) weights[n + t] = (float)(mean + whiteness * (weights[n + t] - mean) * (1 + t % 3));
            }
        }
        return new MemoryWeight(new TensorIdentity(name, WeightRole.Conv, ElementType.Float32, [rows, inputs, size, size], groups), weights);
    }

    public static MemoryWeight Gemm(string name, int rows, int inputs, int seed) =>
        new(new TensorIdentity(name, WeightRole.Gemm, ElementType.Float32, [rows, inputs], 1), CodecCases.Weights(rows, inputs, seed)) { IsClassifier = true };

    public static MemoryWeight Bias(string name, int count, int seed) =>
        new(new TensorIdentity(name, WeightRole.Bias, ElementType.Float32, [count], 1), CodecCases.Weights(1, count, seed));

    /// <summary>A small network: stem, convolutions, depthwise, pointwise, classifier, biases.</summary>
    public static MemoryWeight[] Network() =>
    [
        With(Conv("stem", 32, 3, 3, 1), first: true),
        Bias("stem.bias", 32, 2),
        Conv("block1", 64, 32, 3, 3, whiteness: 0.2),
        Conv("depthwise", 64, 1, 3, 4, groups: 64),
        Conv("pointwise", 128, 64, 1, 5),
        Conv("block2", 96, 128, 3, 6),
        Conv("small", 8, 16, 1, 7),
        Gemm("classifier", 100, 96, 8),
        Bias("classifier.bias", 100, 9),
    ];

    public static MemoryWeight With(MemoryWeight weight, bool first) => new(weight.Identity, weight.Canonical) { IsFirst = first };

    public double Energy => canonical.Sum(w => (double)w * w);
}
