using System;
using System.Buffers.Binary;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Lr2vq.Artifacts;
using Lr2vq.Codecs.Entropy;
using Xunit;

namespace Lr2vq.Tests.Artifact;

public sealed class TextPackingTests
{
    private static byte[] Back(byte[] bytes)
    {
        (byte[] packed, uint encoding) = TextPacking.Pack(bytes);
        return TextPacking.Unpack(packed, encoding, "plan");
    }

    [Property]
    public Property EveryTextComesBack() => Prop.ForAll(
        Gen.Choose(0, 4).SelectMany(letters => Gen.Choose(0, letters).Select(c => (byte)('a' + c)).ArrayOf()).ToArbitrary(),
        bytes => Back(bytes).AsSpan().SequenceEqual(bytes));

    [Theory, InlineData(0), InlineData(1), InlineData(3), InlineData(4), InlineData(5), InlineData(18), InlineData(19), InlineData(20),
     InlineData(273), InlineData(274), InlineData(275), InlineData(100_000)]
    public void RunsAndNoiseOfEveryLengthComeBack(int length)
    {
        byte[] run = new byte[length], noise = new byte[length];
        new Random(length).NextBytes(noise);
        foreach (byte[] bytes in new[] { run, noise, [.. noise, .. run, .. noise] })
            Assert.True(Back(bytes).AsSpan().SequenceEqual(bytes));
        Assert.True(TextPacking.Pack(run).Bytes.Length <= 4 + 7 + length / 255);
        Assert.True(TextPacking.Pack(noise).Bytes.Length <= 4 + 2 + length + length / 255);
    }

    [Fact]
    public void APlanShrinksToAFifth()
    {
        string text = string.Concat(Enumerable.Range(1, 50).Select(i =>
            $"step {i} Conv \"layer{i}.conv\" (v{i}, w{2 * i}, w{2 * i + 1}) -> (v{i + 1} f32 [N,64,56,56] blocked) strides=1,1 pads=1,1,1,1 act=relu\n"));
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        (byte[] packed, uint encoding) = TextPacking.Pack(bytes);
        Assert.Equal(ArtifactFormat.CodedEncoding, encoding);
        Assert.InRange(packed.Length, 1, bytes.Length / 5);
        Assert.InRange(Repeats.Pack(bytes).Length, packed.Length + 50, bytes.Length / 4);
    }

    [Fact]
    public void TextOfTheFirstEncodingIsRead()
    {
        byte[] text = Encoding.UTF8.GetBytes(TinyArtifact.Text(TinyArtifact.Lines)), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        Assert.Equal(text, TextPacking.Unpack([.. length, .. Repeats.Pack(text)], ArtifactFormat.PackedEncoding, "plan"));
    }

    [Fact]
    public void DamagedBytesAreRefused()
    {
        (byte[] packed, uint encoding) = TextPacking.Pack(Encoding.UTF8.GetBytes(TinyArtifact.Text(TinyArtifact.Lines)));
        Random random = new(5);
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = packed[..random.Next(i % 2 == 0 ? packed.Length : 0, packed.Length + 1)];
            for (int flips = random.Next(4); flips > 0 && damaged.Length > 0; flips--) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                TextPacking.Unpack(damaged, i % 5 == 0 ? ArtifactFormat.PackedEncoding : encoding, "plan");
            }
            catch (InvalidArtifactException e)
            {
                Assert.Equal("LR2VQ5004", e.Code);
            }
        }
    }
}
