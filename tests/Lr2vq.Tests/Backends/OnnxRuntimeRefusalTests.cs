using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.OnnxRuntime;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Backends;

/// <summary>Damage, malice and misuse end in a documented refusal, on this side of ONNX Runtime where this side can know.</summary>
public sealed class OnnxRuntimeRefusalTests
{
    [Fact]
    public void EveryFlippedBitOfTheSkeletonIsRefused()
    {
        byte[] artifact = [.. RowsModel.Artifact];
        (int offset, int length) = Section(artifact);
        for (int bit = offset * 8; bit < (offset + length) * 8; bit += 5)
        {
            artifact[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Equal("LR2VQ5005", Refused(artifact, new OnnxRuntimeOptions { VerifyHashes = bit % 2 == 0 }).Code);
            artifact[bit / 8] ^= (byte)(1 << bit % 8);
        }
        Assert.Equal("LR2VQ5003", Refused(artifact[..(offset + length / 2)]).Code);
    }

    [Theory]
    [InlineData("nothing", "LR2VQ5004")]
    [InlineData("types only", "LR2VQ5004")]
    [InlineData("text", "LR2VQ5004")]
    [InlineData("integers for floats", "LR2VQ5004")]
    [InlineData("number 200", "LR2VQ5004")]
    [InlineData("two gigabytes", "LR2VQ5004")]
    [InlineData("garbage", "LR2VQ5032")]
    [InlineData("cut", "LR2VQ5032")]
    [InlineData("nobody hands it over", "LR2VQ5032")]
    public void AHostileSkeletonIsRefused(string how, string code)
    {
        byte[] section = SkeletonOf(RowsModel.Artifact);
        uint encoding = ArtifactFormat.PlainEncoding;
        section = how switch
        {
            "nothing" => [],
            "types only" => section[..1],
            "text" => [8, .. section[1..]],
            "integers for floats" => [7, .. section[1..]],
            "number 200" => [200, .. section[1..]],
            "two gigabytes" => Packed(ref encoding),
            "garbage" => [section[0], .. Enumerable.Repeat((byte)0x17, 300)],
            "cut" => section[..(section.Length / 2)],
            _ => [0, .. section[1..]],
        };
        byte[] artifact = ArtifactEdit.WithSection(RowsModel.Artifact, ArtifactFormat.Skeleton, section, encoding);
        Assert.Equal(code, Refused(artifact).Code);
        // The export has its own eyes.
        string folder = Directory.CreateTempSubdirectory("lr2vq-hostile-").FullName;
        try
        {
            string path = Path.Combine(folder, "a.lr2vq"), exported = Path.Combine(folder, "a.onnx");
            File.WriteAllBytes(path, artifact);
            DiagnosticBag bag = new();
            if (code == "LR2VQ5004") Assert.False(DenseExport.Export(path, exported, bag));
            else DenseExport.Export(path, exported, bag);
            Assert.Equal(!bag.HasErrors, File.Exists(exported));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static byte[] Packed(ref uint encoding)
        {
            encoding = ArtifactFormat.PackedEncoding;
            return [0xFF, 0xFF, 0xFF, 0x7F, .. new byte[100]];
        }
    }

    [Fact]
    public void TensorsLargerThanAllowedAreRefusedBeforeTheyAreMade()
    {
        using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Copy("memory", RowsModel.Artifact));
        byte[] huge = ArtifactEdit.WithPlan(RowsModel.Artifact, reader.PlanText.Replace("\"w\" f32 [64,64]", "\"w\" f32 [32768,65535]", StringComparison.Ordinal));
        Assert.Equal("LR2VQ5017", Refused(huge).Code);
        Assert.Equal("LR2VQ5017", Refused(RowsModel.Artifact, new OnnxRuntimeOptions { MaxMemory = 1000 }).Code);
        byte[] overflowing = ArtifactEdit.WithPlan(RowsModel.Artifact, reader.PlanText.Replace("\"w\" f32 [64,64]", "\"w\" f32 [2147483647,2147483647,2147483647]", StringComparison.Ordinal));
        Assert.Matches("^LR2VQ50", Refused(overflowing).Code);
    }

    [Fact]
    public void EachBackEndNamesTheOther()
    {
        InvalidArtifactException managed = Assert.Throws<InvalidArtifactException>(() => PlanRunner.Load(RowsModel.Artifact));
        Assert.Equal("LR2VQ5030", managed.Code);
        Assert.Contains("OnnxRuntimeRunner", managed.Message);
        using ManagedChain chain = ManagedChain.Of(new OnnxBuilder(17).Input("x", ElementType.Float32, "N", 4).Node("Relu", ["x"], ["y"]).Output("y", ElementType.Float32, "N", 4).Build());
        InvalidArtifactException other = Refused(chain.Artifact);
        Assert.Equal("LR2VQ5031", other.Code);
        Assert.Contains("Backend=\"OnnxRuntime\"", other.Message);
    }

    [Fact]
    public void TheCompilersRefusalNamesTheBackEnd()
    {
        Diagnostic refused = Assert.Single(Compress(RowsModel.Onnx(), new ModelOptions()).All);
        Assert.Equal("LR2VQ2001", refused.Id);
        Assert.Contains("Backend=\"OnnxRuntime\"", refused.Text);
        Assert.Contains("<PackageReference Include=\"Lr2vq.OnnxRuntime\"", refused.Text);
    }

    [Fact]
    public void SettingsThatRunTheNetworkAreRefused()
    {
        ModelOptions options = new() { Backend = Backend.OnnxRuntime, OptimizesSpeed = true, Report = true, MaxDrop = 1 };
        DiagnosticBag bag = Compress(RowsModel.Onnx(), options);
        Assert.Equal(["LR2VQ2031 MaxDrop", "LR2VQ2031 Optimize", "LR2VQ2031 Report"], bag.All.Select(d => d.Id + " " + d.Place.Option).Order());
    }

    [Fact]
    public void WhatIsWrongWithTheModelIsNoMatterOfBackEnds()
    {
        byte[] wrong = new OnnxBuilder(17).Input("x", ElementType.Float32, "N", 4).Node("Relu", ["x"], ["a"]).Node("Nonsense", ["missing"], ["y"]).Output("y").Build();
        Assert.Equal("LR2VQ1020", Assert.Single(Compress(wrong, new ModelOptions { Backend = Backend.OnnxRuntime }).All).Id);
        Dictionary<string, long> dimensions = new() { ["M"] = 4 };
        Assert.Contains("LR2VQ2008", Compress(RowsModel.Onnx(), new ModelOptions { Backend = Backend.OnnxRuntime, Fixed = dimensions }).All.Select(d => d.Id));
    }

    [Fact]
    public void ASessionIsUsedAsItIsMeant()
    {
        using OnnxRuntimeRunner model = OnnxRuntimeRunner.Load(RowsModel.Artifact);
        OnnxRuntimeSession session = model.CreateSession();
        Assert.Contains("'x' was not set", Assert.Throws<InvalidOperationException>(session.Run).Message);
        Assert.Throws<ArgumentException>(() => session.SetInput<int>(0, new int[64]));
        Assert.Throws<ArgumentException>(() => session.SetInput<float>(0, new float[65]));
        Assert.Throws<ArgumentException>(() => session.SetInput<float>(0, new float[64], [64, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.SetInput<float>(1, new float[64]));
        session.SetInput<float>(0, RandomTensor.Uniform(1, 128));
        Assert.Throws<InvalidOperationException>(() => session.Output<float>(0).Length);
        session.Run();
        Assert.Equal([2, 2], session.OutputShape(0).ToArray());
        Assert.Throws<ArgumentException>(() => session.GetOutput<float>(0, new float[3]));
        Assert.Throws<ArgumentException>(() => session.Output<double>(0).Length);
        Assert.Throws<OperationCanceledException>(() => session.Run(new CancellationToken(true)));
        session.Run(TestContext.Current.CancellationToken);
        Assert.True(model.Info.Tensors.Count == 1 && model.WarmUp());
        ReadOnlySpan<float> kept = session.Output<float>(0);
        float[] before = kept.ToArray();
        // The memory outlives the session, and the session the model.
        model.Dispose();
        session.Run();
        session.Dispose();
        Assert.Equal(before, kept.ToArray());
        Assert.Throws<ObjectDisposedException>(session.Run);
        Assert.Throws<ObjectDisposedException>(model.CreateSession);
    }

    [Fact]
    public async Task ManyThreadsShareAModel()
    {
        using OnnxRuntimeRunner model = OnnxRuntimeRunner.Load(RowsModel.Artifact);
        float[][] inputs = [.. Enumerable.Range(0, 8).Select(seed => RandomTensor.Uniform(seed, 64 * (1 + seed % 3)))];
        float[][] expected = [.. inputs.Select(Once)];
        await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(() => Assert.Equal(expected[i % 8], Once(inputs[i % 8])), TestContext.Current.CancellationToken)));

        float[] Once(float[] input)
        {
            using OnnxRuntimeSession session = model.CreateSession();
            session.SetInput<float>(0, input);
            session.Run();
            return session.Output<float>(0).ToArray();
        }
    }

    [Fact]
    public void OptionsReachOnnxRuntime()
    {
        bool isAsked = false;
        using OnnxRuntimeRunner model = OnnxRuntimeRunner.Load(RowsModel.Artifact, new OnnxRuntimeOptions { Configure = native => isAsked = native.IntraOpNumThreads == 0 });
        Assert.True(isAsked);
        Exception problem = Assert.ThrowsAny<Exception>(() => OnnxRuntimeRunner.Load(RowsModel.Artifact,
            new OnnxRuntimeOptions { Configure = native => native.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1") }));
        Assert.Contains("LR2VQ5032", problem.Message);
    }

    private static DiagnosticBag Compress(byte[] model, ModelOptions options)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-refused-").FullName;
        try
        {
            string path = Path.Combine(folder, "m.onnx");
            File.WriteAllBytes(path, model);
            DiagnosticBag bag = new();
            Assert.Null(ModelCompressor.Compress(path, Path.Combine(folder, "m.lr2vq"), options, null, bag, CancellationToken.None));
            Assert.Single(Directory.GetFiles(folder));
            return bag;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static InvalidArtifactException Refused(byte[] artifact, OnnxRuntimeOptions? options = null) =>
        Assert.Throws<InvalidArtifactException>(() => OnnxRuntimeRunner.Load(artifact, options).Dispose());

    private static byte[] SkeletonOf(byte[] artifact)
    {
        using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Copy("memory", artifact));
        return reader.Skeleton!.Section.ToArray();
    }

    private static (int Offset, int Length) Section(byte[] artifact)
    {
        for (int at = ArtifactFormat.HeaderBytes; ; at += ArtifactFormat.TableEntryBytes)
            if (BinaryPrimitives.ReadUInt32LittleEndian(artifact.AsSpan(at)) == ArtifactFormat.Skeleton)
                return ((int)BinaryPrimitives.ReadInt64LittleEndian(artifact.AsSpan(at + 8)), (int)BinaryPrimitives.ReadInt64LittleEndian(artifact.AsSpan(at + 16)));
    }
}
