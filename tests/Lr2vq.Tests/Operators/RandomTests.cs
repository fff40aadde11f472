using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Onnx;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Random operators: the generator against its published numbers, distributions at fixed seeds, and what is the same in every call.</summary>
public sealed class RandomTests
{
    private const ElementType F32 = ElementType.Float32;

    /// <summary>Of Random123, the authors' own tests.</summary>
    [Theory, Trait("Isa", "true"), Trait("Arm64", "true")]
    [InlineData(0ul, 0ul, 0ul, new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd })]
    [InlineData(0x85a308d3243f6a88ul, 0x0370734413198a2eul, 0x299f31d0a4093822ul, new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 })]
    public void The_generator_is_Philox(ulong block, ulong stream, ulong key, uint[] expected)
    {
        uint[] words = new uint[4];
        Philox.Words(block, stream, key, words);
        Assert.Equal(expected, words);
    }

    [Fact, Trait("Isa", "true"), Trait("Arm64", "true")]
    public void Normal_numbers_are_those_of_Box_and_Muller()
    {
        uint[] words = [0, 1, 2, 77, 1u << 20, 1u << 29, 0x3FFFFFFF, 0x40000000, 0x5A827999, 0x7FFFFFFF, 0x80000000, 0xB504F333, 0xC0000001, 0xFFFFFFFE, uint.MaxValue];
        foreach (uint first in words)
            foreach (uint second in words)
            {
                (double a, double b) = Philox.Normal(first, second);
                double radius = Math.Sqrt(-2 * Math.Log((first + 1.0) / 4294967296)), angle = 2 * Math.PI * (second / 4294967296.0);
                Assert.Equal(radius * Math.Cos(angle), a, 1e-13);
                Assert.Equal(radius * Math.Sin(angle), b, 1e-13);
            }
    }

    /// <summary>Bit for bit: no function of a library is in them, and nothing that a machine may fuse.</summary>
    [Fact, Trait("Isa", "true"), Trait("Arm64", "true")]
    public void Normal_numbers_are_the_same_on_every_machine()
    {
        uint[] words = new uint[4];
        ulong hash = 14695981039346656037;
        for (ulong block = 0; block < 4096; block++)
        {
            Philox.Words(block, 5, 77, words);
            (double a, double b) = Philox.Normal(words[0], words[1]);
            foreach (double number in (double[])[a, b]) hash = (hash ^ (ulong)BitConverter.DoubleToInt64Bits(number)) * 1099511628211;
        }
        Assert.Equal(2_197_416_272_383_355_138ul, hash);
    }

    private static float[] Draw(string op, int count, params (string, object)[] attributes)
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, count).Node(op, [], ["r"], "noise", "", [("shape", new long[] { count }), .. attributes]).Node("Add", ["r", "x"], ["y"]).Output("y");
        return ManagedChain.Run(builder.Build(), ("x", HostTensor.Of(new float[count], count)))[0].Values<float>().ToArray();
    }

    /// <summary>The largest distance between the distribution of samples and the one that they should have, times the root of their number: above 1.95 once in a thousand.</summary>
    private static double KolmogorovSmirnov(float[] samples, Func<double, double> distribution)
    {
        float[] sorted = [.. samples.Order()];
        double most = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            double at = distribution(sorted[i]);
            most = Math.Max(most, Math.Max((i + 1.0) / sorted.Length - at, at - (double)i / sorted.Length));
        }
        return most * Math.Sqrt(sorted.Length);
    }

    /// <summary>Of the standard normal distribution, by Simpson's rule.</summary>
    private static double NormalBelow(double x)
    {
        double from = Math.Max(-8, Math.Min(x, 8)), sum = 0;
        const int Parts = 200;
        for (int i = 0; i <= Parts; i++) sum += (i is 0 or Parts ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-0.5 * (from * i / Parts) * (from * i / Parts));
        return 0.5 + sum * from / Parts / 3 / Math.Sqrt(2 * Math.PI);
    }

    [Fact]
    public void Uniform_numbers_fill_their_range_evenly()
    {
        float[] drawn = Draw("RandomUniform", 40_000, ("low", -2f), ("high", 3f), ("seed", 7f));
        Assert.All(drawn, number => Assert.InRange(number, -2f, MathF.BitDecrement(3f)));
        Assert.InRange(KolmogorovSmirnov(drawn, x => (x + 2) / 5), 0.2, 1.95);
        // Neighbours know nothing of each other: 16 by 16 cells, chi-square of 255 degrees.
        int[] cells = new int[256];
        for (int i = 0; i + 1 < drawn.Length; i += 2) cells[(int)((drawn[i] + 2) / 5 * 16) * 16 + (int)((drawn[i + 1] + 2) / 5 * 16)]++;
        double expected = drawn.Length / 2 / 256.0;
        Assert.InRange(cells.Sum(count => (count - expected) * (count - expected) / expected), 180, 330);
    }

    [Fact]
    public void Normal_numbers_have_their_moments_and_distribution()
    {
        float[] drawn = Draw("RandomNormal", 40_000, ("mean", 1.5f), ("scale", 2f));
        double mean = drawn.Average(), deviation = Math.Sqrt(drawn.Average(x => (x - mean) * (x - mean)));
        Assert.Equal(1.5, mean, 0.03);
        Assert.Equal(2, deviation, 0.03);
        Assert.Equal(0, drawn.Average(x => Math.Pow((x - mean) / deviation, 3)), 0.05);
        Assert.Equal(3, drawn.Average(x => Math.Pow((x - mean) / deviation, 4)), 0.15);
        Assert.InRange(KolmogorovSmirnov(drawn, x => NormalBelow((x - 1.5) / 2)), 0.2, 1.95);
    }

    /// <summary>What this machine draws is what every machine draws.</summary>
    [Fact]
    public void The_first_numbers_of_a_seed_are_known()
    {
        Assert.Equal(Draw("RandomUniform", 6, ("seed", 1f)), Draw("RandomUniform", 9, ("seed", 1f))[..6]);
        uint[] words = new uint[4];
        Philox.Words(0, 0, (uint)BitConverter.SingleToInt32Bits(1f) | 1ul << 32, words);
        Assert.Equal([.. words.Select(word => (word >> 8) / 16777216f)], Draw("RandomUniform", 4, ("seed", 1f)));
        Assert.NotEqual(Draw("RandomUniform", 4, ("seed", 1f)), Draw("RandomUniform", 4, ("seed", 2f)));
        Assert.NotEqual(Draw("RandomUniform", 4, ("seed", 1f)), Draw("RandomUniform", 4));
    }

    [Fact]
    public void Each_call_gives_the_same_and_a_build_says_so()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, "n", 3).Node("RandomNormalLike", ["x"], ["a"], "first", "", []).Node("RandomNormalLike", ["x"], ["b"], "second", "", []).Node("RandomNormalLike", ["x"], ["c"], "third", "", ("seed", 3f))
            .Node("RandomNormalLike", ["x"], ["d"], "fourth", "", ("seed", 3f)).Output("a", F32, "n", 3).Output("b", F32, "n", 3).Output("c", F32, "n", 3).Output("d", F32, "n", 3);
        using ManagedChain chain = ManagedChain.Of(builder.Build()), threads = ManagedChain.Of(builder.Build(), new SessionOptions { Threads = 2 });
        HostTensor[] first = chain.Run(("x", HostTensor.Of(new float[12], 4, 3))), other = chain.Run(("x", HostTensor.Of(new float[6], 2, 3))), again = threads.Run(("x", HostTensor.Of(new float[12], 4, 3)));
        Assert.Equal([4, 3], first[0].Shape);
        for (int o = 0; o < 4; o++)
        {
            Assert.Equal(first[o].Bytes, again[o].Bytes);
            Assert.Equal(first[o].Values<float>()[..6].ToArray(), other[o].Values<float>().ToArray());
        }
        Assert.NotEqual(first[0].Bytes, first[1].Bytes);
        Assert.NotEqual(first[0].Bytes, first[2].Bytes);
        Assert.Equal(first[2].Bytes, first[3].Bytes);
        Assert.Equal(4, PlannedModel.TryPlan(builder).Bag.All.Count(note => note.Id == "LR2VQ2024" && note.Severity == DiagnosticSeverity.Info));
    }

    /// <summary>Turns of a loop have numbers of their own, whether they are one after the other or a step.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public void Each_turn_of_a_loop_draws_its_own(bool isCounted)
    {
        OnnxBuilder inner = new OnnxBuilder().Input("j", ElementType.Int64).Input("h", ElementType.Bool).Input("v", F32, 64).Node("RandomUniform", [], ["r"], "draws", "", ("shape", new long[] { 64 }))
            .Node("Identity", ["h"], ["m1"]).Output("m1", ElementType.Bool).Output("r", F32, 64).Output("r", F32, 64);
        OnnxBuilder body = new OnnxBuilder().Input("i", ElementType.Int64).Input("g", ElementType.Bool).Input("u", F32, 64).Node("Loop", ["three", "go", "u"], ["w", "ws"], ("body", inner)).Node("Identity", ["g"], ["m0"])
            .Output("m0", ElementType.Bool).Output("w", F32, 64).Output("ws", F32, 3, 64);
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, 64, "n").Initializer("three", HostTensor.Scalar(3L)).Initializer("go", HostTensor.Scalar(true)).Initializer("one", HostTensor.Scalar(1L)).Initializer("start", HostTensor.Of(new float[64], 64))
            .Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "one"], ["m"]).Node("Loop", [isCounted ? "three" : "m", "go", "start"], ["y", "ys"], ("body", body)).Node("Neg", ["x"], ["z"])
            .Output("ys", F32, null, 3, 64).Output("z", F32, 64, "n");
        HostTensor drawn = ManagedChain.Run(builder.Build(), ("x", HostTensor.Of(new float[192], 64, 3)))[0];
        Assert.Equal([3, 3, 64], drawn.Shape);
        Assert.Equal(9 * 64, drawn.Values<float>().ToArray().Distinct().Count(), 2.0);
    }

    [Fact]
    public void Bernoulli_is_one_as_often_as_it_says()
    {
        float[] probabilities = [0, 0.1f, 0.5f, 0.93f, 1];
        OnnxBuilder builder = new OnnxBuilder(15).Input("p", F32, 5, "n").Node("Bernoulli", ["p"], ["y"], ("dtype", 7L)).Node("Bernoulli", ["p"], ["z"]).Output("y", ElementType.Int64, 5, "n").Output("z", F32, 5, "n");
        const int Count = 20_000;
        HostTensor[] drawn = ManagedChain.Run(builder.Build(), ("p", HostTensor.Of([.. probabilities.SelectMany(p => Enumerable.Repeat(p, Count))], 5, Count)));
        for (int i = 0; i < probabilities.Length; i++)
        {
            double p = probabilities[i], ones = drawn[0].Values<long>().Slice(i * Count, Count).ToArray().Sum();
            Assert.InRange(ones, Count * p - 4 * Math.Sqrt(Count * p * (1 - p)), Count * p + 4 * Math.Sqrt(Count * p * (1 - p)));
        }
        Assert.Equal([0f, 1f], drawn[1].Values<float>().ToArray().Distinct().Order());
    }

    [Fact]
    public void Multinomial_takes_classes_as_often_as_their_logarithms_say()
    {
        const int Count = 20_000;
        double[][] rows = [[0.5, 0.25, 0.125, 0.125], [0.01, 0.9, 0, 0.09]];
        HostTensor logits = HostTensor.Of([.. rows.SelectMany((row, r) => row.Select(p => (float)Math.Log(p) + r))], 2, 4);
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, 2, 4).Node("Multinomial", ["x"], ["y"], ("sample_size", (long)Count), ("seed", 5f)).Output("y", ElementType.Int32, 2, Count);
        int[] drawn = ManagedChain.Run(builder.Build(), ("x", logits))[0].Values<int>().ToArray();
        for (int r = 0; r < 2; r++)
        {
            double square = 0;
            for (int c = 0; c < 4; c++)
            {
                double expected = rows[r][c] * Count, found = drawn.AsSpan(r * Count, Count).Count(c);
                if (expected == 0) Assert.Equal(0, found);
                else square += (found - expected) * (found - expected) / expected;
            }
            Assert.InRange(square, 0, 16.3);
        }
    }

    [Fact]
    public void Types_and_shapes_are_what_the_model_says()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Int64, 2, 3).Node("RandomNormalLike", ["x"], ["a"], ("dtype", 10L)).Node("RandomUniform", [], ["b"], ("shape", new long[] { 4, 0 }), ("dtype", 11L))
            .Node("Neg", ["x"], ["c"]).Output("a", ElementType.Float16, 2, 3).Output("b", ElementType.Float64, 4, 0).Output("c", ElementType.Int64, 2, 3);
        HostTensor[] drawn = ManagedChain.Run(builder.Build(), ("x", HostTensor.Of(new long[6], 2, 3)));
        Assert.Equal((ElementType.Float16, ElementType.Float64), (drawn[0].Type, drawn[1].Type));
        Assert.Equal([4, 0], drawn[1].Shape);
        Assert.Contains("type i64", Assert.Single(PlannedModel.TryPlan(new OnnxBuilder().Input("x", ElementType.Int64, 2).Node("RandomNormalLike", ["x"], ["y"]).Output("y")).Bag.All).Text, StringComparison.Ordinal);
    }
}
