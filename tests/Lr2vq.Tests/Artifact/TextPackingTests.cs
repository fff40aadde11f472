using System;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Lr2vq.Artifacts;
using Xunit;

namespace Lr2vq.Tests.Artifact;

public sealed class TextPackingTests
{
    [Property]
    public Property EveryTextComesBack() => Prop.ForAll(
        Gen.Choose(0, 4).SelectMany(letters => Gen.Choose(0, letters).Select(c => (byte)('a' + c)).ArrayOf()).ToArbitrary(),
        bytes => TextPacking.Unpack(TextPacking.Pack(bytes), "plan").AsSpan().SequenceEqual(bytes));

    [Theory, InlineData(0), InlineData(1), InlineData(3), InlineData(4), InlineData(5), InlineData(18), InlineData(19), InlineData(20),
     InlineData(273), InlineData(274), InlineData(275), InlineData(100_000)]
    public void RunsAndNoiseOfEveryLengthComeBack(int length)
    {
        byte[] run = new byte[length], noise = new byte[length];
        new Random(length).NextBytes(noise);
        foreach (byte[] bytes in new[] { run, noise, [.. noise, .. run, .. noise] })
            Assert.True(TextPacking.Unpack(TextPacking.Pack(bytes), "plan").AsSpan().SequenceEqual(bytes));
        Assert.True(TextPacking.Pack(run).Length <= 4 + 7 + length / 255);
        Assert.True(TextPacking.Pack(noise).Length <= 4 + 2 + length + length / 255);
    }

    [Fact]
    public void APlanShrinksByHalf()
    {
        string text = string.Concat(Enumerable.Range(1, 50).Select(i =>
            $"step {i} Conv \"layer{i}.conv\" (v{i}, w{2 * i}, w{2 * i + 1}) -> (v{i + 1} f32 [N,64,56,56] blocked) strides=1,1 pads=1,1,1,1 act=relu\n"));
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.InRange(TextPacking.Pack(bytes).Length, 1, bytes.Length / 4);
    }

    [Fact]
    public void DamagedBytesAreRefused()
    {
        byte[] packed = TextPacking.Pack(Encoding.UTF8.GetBytes(TinyArtifact.Text(TinyArtifact.Lines)));
        Random random = new(5);
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = packed[..random.Next(i % 2 == 0 ? packed.Length : 0, packed.Length + 1)];
            for (int flips = random.Next(4); flips > 0 && damaged.Length > 0; flips--) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                TextPacking.Unpack(damaged, "plan");
            }
            catch (InvalidArtifactException e)
            {
                Assert.Equal("LR2VQ5004", e.Code);
            }
        }
    }
}
