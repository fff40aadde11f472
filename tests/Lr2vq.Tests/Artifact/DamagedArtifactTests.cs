using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Artifact;

public sealed class DamagedArtifactTests
{
    private static InvalidArtifactException Refused(byte[] bytes)
    {
        InvalidArtifactException e = Assert.Throws<InvalidArtifactException>(() => PlanRunner.Load(bytes).Dispose());
        Assert.Matches("^LR2VQ50[01][0-9]$", e.Code);
        Assert.StartsWith(e.Code + ": ", e.Message);
        return e;
    }

    private static byte[] Changed(Action<byte[]> change)
    {
        byte[] bytes = TinyArtifact.Bytes();
        change(bytes);
        Reseal.Hashes(bytes);
        return bytes;
    }

    [Fact]
    public void EveryTruncationIsRefused()
    {
        byte[] bytes = TinyArtifact.Bytes();
        for (int length = 0; length < bytes.Length; length++)
            Assert.Contains(Refused(bytes[..length]).Code, new[] { "LR2VQ5001", "LR2VQ5003" });
        Assert.Equal("LR2VQ5003", Refused([.. bytes, 0]).Code);
    }

    [Fact]
    public void EveryFlippedBitIsRefused()
    {
        byte[] bytes = TinyArtifact.Bytes();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            // The writer's version says nothing to a reader; the hash of the header covers it all the same.
            Refused(bytes);
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }

    [Fact]
    public void DamageNamesTheSection()
    {
        byte[] bytes = TinyArtifact.Bytes();
        string[] names = ["tensors", "dense", "plan", "meta"];
        for (int i = 0; i < names.Length; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64 + 40 * i + 8))] ^= 1;
            InvalidArtifactException e = Refused(damaged);
            Assert.Equal("LR2VQ5005", e.Code);
            Assert.Contains("'" + names[i] + "'", e.Message);
        }
    }

    /// <summary>With right hashes: whoever writes wrong files on purpose meets the checks behind the hashes. The Plan stays as it is: it is
    /// what tells operators the shapes.</summary>
    [Fact]
    public void MutationsBehindTheHashesAreRefusedOrHarmless()
    {
        byte[] original = TinyArtifact.Bytes();
        int plan = (int)BinaryPrimitives.ReadInt64LittleEndian(original.AsSpan(64 + 40 * 2 + 8));
        Random random = new(11);
        int harmless = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = [.. original];
            for (int changes = 1 + random.Next(3); changes > 0; changes--)
            {
                int at = random.Next(8, plan);
                bytes[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => 255, _ => (byte)(bytes[at] ^ 1 << random.Next(8)) };
            }
            Reseal.Hashes(bytes);
            harmless += RunsOrIsRefused(bytes) ? 1 : 0;
        }
        Assert.InRange(harmless, 1, 2999);
    }

    [Fact]
    public void MutatedPlansAreRefusedOrLoad()
    {
        Random random = new(12);
        string text = TinyArtifact.Text(TinyArtifact.Lines);
        List<EncodedTensor> tensors = TinyArtifact.Tensors(text);
        for (int i = 0; i < 3000; i++)
        {
            StringBuilder changed = new(text);
            for (int changes = 1 + random.Next(3); changes > 0; changes--)
                changed[random.Next(changed.Length)] = random.Next(3) == 0 ? (char)random.Next(1, 300) : text[random.Next(text.Length)];
            byte[] bytes = ArtifactWriter.ToArray(TinyArtifact.Meta, changed.ToString(), tensors);
            try
            {
                PlanRunner.Load(bytes).Dispose();
            }
            catch (InvalidArtifactException)
            {
            }
        }
    }

    private static bool RunsOrIsRefused(byte[] bytes)
    {
        try
        {
            using PlanRunner runner = PlanRunner.Load(bytes);
            using ModelSession session = runner.CreateSession();
            session.SetInput<float>(0, new float[12]);
            session.Run();
            Assert.Equal(12, session.Output<float>(0).Length);
            Assert.NotNull(runner.Info.ToString());
            return true;
        }
        catch (InvalidArtifactException)
        {
            return false;
        }
    }

    [Fact]
    public void ANewerVersionIsRefusedByItsMinimumOnly()
    {
        using PlanRunner newer = PlanRunner.Load(Changed(bytes => bytes[8] = 7));
        InvalidArtifactException e = Refused(Changed(bytes => bytes[10] = 7));
        Assert.Equal("LR2VQ5002", e.Code);
        Assert.Contains("7", e.Message);
        // Also when the rest of the file means nothing to this version.
        Assert.Equal("LR2VQ5002", Refused([.. TinyArtifact.Bytes()[..10], 9, 0, .. new byte[100]]).Code);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull")]
    [InlineData("PK\u0003\u0004", "ZIP")]
    [InlineData("\u0008\u0007\u0012", ".onnx")]
    [InlineData("hello, this is some text", "68656C6C")]
    public void OtherFilesAreNamed(string content, string expected)
    {
        InvalidArtifactException e = Refused(Encoding.Latin1.GetBytes(content));
        Assert.Equal("LR2VQ5001", e.Code);
        Assert.Contains(expected, e.Message);
    }

    [Fact]
    public void FilesOfOtherKindsAndMissingFilesAreNamed()
    {
        string path = Path.GetTempFileName();
        try
        {
            Assert.Contains(path, Assert.Throws<InvalidArtifactException>(() => PlanRunner.Load(path)).Message);
            File.WriteAllText(path, "text");
            Assert.Contains(path, Assert.Throws<InvalidArtifactException>(() => PlanRunner.Load(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
        Assert.Throws<FileNotFoundException>(() => PlanRunner.Load(path));
        Assert.Contains("lr2vq.nothing", Assert.Throws<FileNotFoundException>(() =>
            PlanRunner.Load(ModelSource.Embedded(typeof(DamagedArtifactTests).Assembly, "lr2vq.nothing"))).Message);
    }

    [Theory]
    [InlineData("weight w0 \"bias\" f32 [1,3,1,1]", "weight w0 \"other\" f32 [1,3,1,1]", "LR2VQ5012", "other")]
    [InlineData("weight w0 \"bias\" f32 [1,3,1,1]", "weight w0 \"bias\" f32 [3,1,1,1]", "LR2VQ5012", "bias")]
    [InlineData("weight w1 \"indices\" i64 [4]", "weight w1 \"indices\" i64 [2,2]", "LR2VQ5007", "Line")]
    [InlineData("\"bias\" f32 [1,3,1,1] constant", "\"bias\" f32 [1,3,1,1] bias", "LR2VQ5012", "bias")]
    [InlineData("step 1 Add", "step 1 Frobnicate", "LR2VQ5013", "Frobnicate")]
    [InlineData("[N,3,2,2] blocked", "[N,3,4] blocked", "LR2VQ5007", "blocked")]
    [InlineData("output v5 \"y\" f32 [N,12]", "output v3 \"y\" f32 [N,3,2,2]", "LR2VQ5007", "plain")]
    [InlineData("step 2", "step 7", "LR2VQ5007", "step")]
    public void APlanThatDoesNotFitIsRefused(string from, string to, string code, string named)
    {
        List<EncodedTensor> tensors = TinyArtifact.Tensors(TinyArtifact.Text(TinyArtifact.Lines));
        Assert.Contains(from, TinyArtifact.Lines);
        byte[] bytes = ArtifactWriter.ToArray(TinyArtifact.Meta, TinyArtifact.Text(TinyArtifact.Lines.Replace(from, to)), tensors);
        InvalidArtifactException e = Refused(bytes);
        Assert.Equal(code, e.Code);
        Assert.Contains(named, e.Message);
    }

    [Fact]
    public void AnUnknownFormatMattersOnlyWhenTheTensorIsNeeded()
    {
        string text = TinyArtifact.Text(TinyArtifact.Lines);
        List<EncodedTensor> tensors = TinyArtifact.Tensors(text);
        EncodedTensor odd = tensors[0] with { Name = "odd", Format = (TensorFormat)200 };
        using PlanRunner runner = PlanRunner.Load(ArtifactWriter.ToArray(TinyArtifact.Meta, text, [.. tensors, odd]));
        Assert.Equal("200", runner.Info.Tensors.Single(t => t.Name == "odd").Format);
        InvalidArtifactException e = Refused(ArtifactWriter.ToArray(TinyArtifact.Meta, text, [odd with { Name = "bias" }, tensors[1]]));
        Assert.Equal("LR2VQ5011", e.Code);
        Assert.Contains("bias", e.Message);
    }

    [Fact]
    public void HashesCanBeLeftOutForPayloadsOnly()
    {
        byte[] bytes = TinyArtifact.Bytes();
        SessionOptions options = new() { VerifyHashes = false };
        foreach ((int section, bool loads) in new[] { (0, false), (1, true), (2, false), (3, false) })
        {
            byte[] damaged = [.. bytes];
            damaged[BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64 + 40 * section + 8))] ^= 1;
            if (loads) PlanRunner.Load(damaged, options).Dispose();
            else Assert.Throws<InvalidArtifactException>(() => PlanRunner.Load(damaged, options));
        }
    }
}
