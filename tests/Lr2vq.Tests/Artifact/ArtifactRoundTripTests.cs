using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Artifact;

public sealed class ArtifactRoundTripTests
{
    private static readonly string Text = TinyArtifact.Text(TinyArtifact.Lines);

    /// <summary>Tensors with ranges of many lengths; 1 and 3 have the same codebook.</summary>
    private static List<EncodedTensor> Many(int seed)
    {
        Random random = new(seed);
        byte[] Range(int length)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }
        int[] lengths = [0, 1, 63, 64, 65, 4095, 4096, 4097, 10000];
        List<EncodedTensor> tensors = [.. Enumerable.Range(0, 40).Select(i => new EncodedTensor("layer" + i / 2 + (i % 2 == 0 ? ".weight" : ".ünït"),
            WeightRole.Conv, ElementType.Float32, [i, i % 7, 1 + i % 3, 2], 1 + i % 1, (TensorFormat)(i % 9), Range(random.Next(12)),
            Range(lengths[random.Next(9)]), Range(lengths[random.Next(9)]), Range(lengths[random.Next(9)])) { RelativeError = i / 64f })];
        tensors[3] = tensors[3] with { Codebook = [.. tensors[1].Codebook] };
        return tensors;
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public unsafe void EveryRangeComesBack(int seed)
    {
        List<EncodedTensor> tensors = Many(seed);
        byte[] bytes = ArtifactWriter.ToArray(TinyArtifact.Meta, Text, tensors);
        for (int shift = 0; shift < 3; shift++)
        {
            using ArtifactReader reader = ArtifactReader.Open(TinyArtifact.At(bytes, shift).Open());
            using NativeArena arena = new();
            Assert.Equal(Text, reader.PlanText);
            Assert.Equal(tensors.Select(t => t.Name), reader.Tensors.Select(t => t.Name));
            foreach (EncodedTensor expected in tensors)
            {
                TensorEntry entry = reader.Find(expected.Name)!;
                Assert.Equal((expected.Role, expected.Type, expected.Groups, expected.Format), (entry.Role, entry.Type, entry.Groups, entry.Format));
                Assert.Equal(expected.Shape, entry.Shape);
                Assert.Equal(expected.RelativeError, entry.RelativeError, 0.004f);
                TensorPayload payload = reader.Payload(entry, arena);
                Assert.True(payload.Parameters.SequenceEqual(expected.Parameters));
                Assert.True(new ReadOnlySpan<byte>(payload.CodesData, (int)payload.CodesLength).SequenceEqual(expected.Codes));
                Assert.True(payload.Codebook.SequenceEqual(expected.Codebook));
                Assert.True(new ReadOnlySpan<byte>(payload.DenseData, (int)payload.DenseLength).SequenceEqual(expected.Dense));
            }
            Assert.Equal(bytes.Length, reader.Length);
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void LengthIsPredictedExactly(int seed)
    {
        List<EncodedTensor> tensors = Many(seed);
        Assert.Equal(ArtifactWriter.ToArray(TinyArtifact.Meta, Text, tensors).Length, ArtifactWriter.LengthOf(TinyArtifact.Meta, Text, tensors));
        Assert.Equal(ArtifactWriter.ToArray(TinyArtifact.Meta, Text, tensors).Length, ArtifactWriter.LengthOf(TinyArtifact.Meta, Text,
            [.. tensors.Select((t, i) => new TensorLengths(new TensorIdentity(t.Name, t.Role, t.Type, t.Shape, t.Groups), t.Format, t.Parameters.Length,
                new(t.Codes.Length), new(t.Codebook.Length, i is 1 or 3 ? "shared" : null), new(t.Dense.Length)))]));
    }

    [Fact]
    public void LongRangesAreAligned()
    {
        byte[] bytes = ArtifactWriter.ToArray(TinyArtifact.Meta, Text, Many(1));
        using ArtifactReader reader = ArtifactReader.Open(TinyArtifact.At(bytes, 0).Open());
        foreach (TensorEntry entry in reader.Tensors)
            foreach (SectionRange range in new[] { entry.Codes, entry.Codebook, entry.Dense })
                Assert.True(range.Length < ArtifactFormat.AlignedRangeBytes || range.Offset % ArtifactFormat.Alignment == 0);
    }

    [Fact]
    public void EqualRangesAreStoredOnceWhateverTheirTensorsAreCalled()
    {
        List<EncodedTensor> tensors = Many(1);
        byte[] codes = [.. Enumerable.Range(0, 6000).Select(i => (byte)(i * 7))];
        int before = ArtifactWriter.ToArray(TinyArtifact.Meta, Text, tensors).Length;
        foreach (int i in new[] { 1, 3 }) tensors[i] = tensors[i] with { Codes = [.. codes], Codebook = new byte[5000], Dense = [.. codes[..700]] };
        byte[] bytes = ArtifactWriter.ToArray(TinyArtifact.Meta, Text, tensors);
        Assert.Equal(bytes.Length, ArtifactWriter.LengthOf(TinyArtifact.Meta, Text, tensors));
        Assert.InRange(bytes.Length, 0, before + 6000 + 5000 + 700 + 200);
        using ArtifactReader reader = ArtifactReader.Open(TinyArtifact.At(bytes, 0).Open());
        TensorEntry first = reader.Tensors[1], second = reader.Tensors[3];
        Assert.Equal((first.Codes, first.Codebook, first.Dense), (second.Codes, second.Codebook, second.Dense));
        Assert.Equal(11700 + first.Parameters.Length, first.StoredBytes);
        Assert.Equal((11700L, second.Parameters.Length), (second.SharedBytes, second.StoredBytes));
    }

    [Fact]
    public void TheSameContentGivesTheSameBytes() =>
        Assert.Equal(ArtifactWriter.ToArray(TinyArtifact.Meta, Text, Many(1)), ArtifactWriter.ToArray(TinyArtifact.Meta, Text, Many(1)));

    [Fact]
    public void MetaComesBackAndUnknownFieldsAreIgnored()
    {
        ArtifactMeta meta = ArtifactMeta.FromJson(TinyArtifact.Meta.ToJson());
        Assert.Equal(TinyArtifact.Meta with { Options = [] }, meta with { Options = [] });
        Assert.Equal(TinyArtifact.Meta.Options, meta.Options);
        Assert.Equal("x", ArtifactMeta.FromJson("""{"new":[{"a":[1]}],"preset":"x","options":{"a":{"b":1},"c":"d"},"other":null}"""u8).Preset);
    }

    [Theory, InlineData(""), InlineData("[]"), InlineData("{"), InlineData("{}{}"), InlineData("""{"preset":1}"""), InlineData("""{"originalBytes":"x"}"""),
     InlineData("""{"originalBytes":1e99}"""), InlineData("""{"options":[]}"""), InlineData("""{"time":[1]}"""), InlineData("""{"time":{"size":"x"}}"""), InlineData("""{"preset":"\ud800"}"""), InlineData("null")]
    public void WrongMetaIsRefused(string json) => Assert.Equal("LR2VQ5004",
        Assert.Throws<InvalidArtifactException>(() => ArtifactMeta.FromJson(System.Text.Encoding.UTF8.GetBytes(json))).Code);

    [Fact]
    public void UnknownSectionsAreSkipped()
    {
        // The last section, the table and the header stay; one more section comes behind.
        byte[] bytes = TinyArtifact.Bytes();
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12)), table = 64 + 40 * count;
        // The table has room only if the first section does not begin right behind it.
        int firstSection = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64 + 8));
        int shift = table + 40 <= firstSection ? 0 : 64;
        byte[] longer = new byte[((bytes.Length + 63) & -64) + shift + 100];
        bytes.AsSpan(0, table).CopyTo(longer);
        bytes.AsSpan(firstSection).CopyTo(longer.AsSpan(firstSection + shift));
        for (int i = 0; i < count; i++)
        {
            Span<byte> offset = longer.AsSpan(64 + 40 * i + 8);
            BinaryPrimitives.WriteInt64LittleEndian(offset, BinaryPrimitives.ReadInt64LittleEndian(offset) + shift);
        }
        "news"u8.CopyTo(longer.AsSpan(table));
        BinaryPrimitives.WriteInt64LittleEndian(longer.AsSpan(table + 8), longer.Length - 100);
        BinaryPrimitives.WriteInt64LittleEndian(longer.AsSpan(table + 16), 100);
        BinaryPrimitives.WriteInt32LittleEndian(longer.AsSpan(12), count + 1);
        BinaryPrimitives.WriteInt64LittleEndian(longer.AsSpan(16), longer.Length);
        Reseal.Hashes(longer);
        using PlanRunner runner = PlanRunner.Load(longer);
        Assert.Equal("tiny", runner.Info.Name);
    }

    [Fact]
    public void AFileAppearsWholeOrNotAtAll()
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-test").FullName;
        try
        {
            string path = Path.Combine(folder, "deep", "a.lr2vq");
            Assert.Equal(ArtifactWriter.Write(path, TinyArtifact.Meta, Text, TinyArtifact.Tensors(Text)), new FileInfo(path).Length);
            byte[] before = File.ReadAllBytes(path);
            Assert.Equal(TinyArtifact.Bytes(), before);
            File.WriteAllText(path + ".999999999.tmp", "left by a killed process");
            List<EncodedTensor> wrong = TinyArtifact.Tensors(Text);
            wrong[0] = wrong[0] with { Dense = null! };
            Assert.ThrowsAny<Exception>(() => ArtifactWriter.Write(path, TinyArtifact.Meta, Text, wrong));
            Assert.Equal(before, File.ReadAllBytes(path));
            Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
