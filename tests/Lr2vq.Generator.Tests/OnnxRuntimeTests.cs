using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Xunit;

namespace Lr2vq.Generator.Tests;

/// <summary>Classes that ONNX Runtime computes have the surface of the others.</summary>
public sealed class OnnxRuntimeTests
{
    [Fact]
    public void TheSurfaceIsThatOfTheManagedBackEnd() => AssertClean("""
        using System;
        using System.IO;
        using Lr2vq;
        using Lr2vq.OnnxRuntime;
        using Shop;
        using Shop.Vision;

        internal static class Use
        {
            public static void All(byte[] rgb, float[] image, float[] logits, float[] first, float[] second, int[] shape, long[] lengths, Half[] scores)
            {
                using TinyNet tiny = TinyNet.Create();
                tiny.Predict(image, logits);
                using TinyNet.Session session = tiny.CreateSession();
                session.Predict(image, logits);
                session.Run(image);
                ReadOnlySpan<float> values = session.Output495;
                ModelInfo info = tiny.Info;
                Span<int> outputShape = stackalloc int[4];
                bool known = tiny.TryGetOutputShape(outputShape, out int rank);
                using TinyNet other = TinyNet.Load(new MemoryStream());
                using TinyNet third = TinyNet.Load("x.lr2vq", new OnnxRuntimeOptions { MaxMemory = 1 << 20 });
                using TinyNet fourth = TinyNet.Load(new ReadOnlyMemory<byte>(new byte[4]));
                using LineReader reader = LineReader.Create();
                reader.Predict(image, shape, lengths, shape, logits, scores);
                using Flowers flowers = Flowers.Create();
                foreach (ClassScore best in flowers.TopK(rgb, 640, 480, 3)) Console.WriteLine(best.Label);
                flowers.Predict(rgb, 640, 480, first, second);
                bool isWarm = flowers.WarmUp();
                TinyNet.IModel model = tiny;
                using TinyNet any = Load<TinyNet>(), same = TinyNet.Create(new SessionOptions { Threads = 1 });
            }

            public static T Load<T>() where T : BackendModel, ILr2vqModel<T> => T.Create(new OnnxRuntimeOptions { Threads = 2 });

            public static async System.Threading.Tasks.Task Later(Flowers flowers, TinyNet.IModel model, byte[] rgb, float[] image, float[] logits, System.Threading.CancellationToken token)
            {
                await model.PredictAsync(image, logits, token);
                ClassScore[] best = await flowers.TopKAsync(rgb, 640, 480, 3, token);
            }
        }
        """, [CompileTests.Tensors], Texts());

    [Fact]
    public void WithoutAPlanTheClassIsThereToo() => AssertClean("", [], GeneratorRun.Interface(ForOnnxRuntime(Generator.Tests.Texts.FixedInterface())));

    [Fact]
    public void TheClassHasNoSteps()
    {
        Dictionary<string, string> sources = GeneratorRun.Sources(GeneratorRun.Compilation("", GeneratorRun.Runtime, GeneratorRun.OnnxRuntime),
            GeneratorRun.Interface(ForOnnxRuntime(Generator.Tests.Texts.FixedInterface())), GeneratorRun.Plan(Generator.Tests.Texts.FixedPlan()));
        Golden.Check("OnnxRuntime.Steps", sources["Shop.Vision.TinyNet.Steps.g.cs"]);
        Assert.DoesNotContain(sources.Values, text => text.Contains("Lr2vq.ModelSession") || text.Contains("Lr2vq.Lr2vqModel"));
    }

    [Fact]
    public void AMissingPackageIsSaidWithTheLineThatHelps()
    {
        Diagnostic found = Assert.Single(GeneratorRun.Compile(GeneratorRun.Compilation("", GeneratorRun.Runtime, CompileTests.Tensors), Texts()[0]));
        Assert.Equal("LR2VQ6030", found.Id);
        Assert.Matches("<PackageReference Include=\"Lr2vq.OnnxRuntime\" Version=\"\\d+\\.\\d+\\.\\d+\" />", found.GetMessage() + found.Descriptor.Description + found.Descriptor.MessageFormat);
    }

    [Fact]
    public void AnotherBackEndIsNotUnderstood() => Assert.Equal("LR2VQ6012", Assert.Single(GeneratorRun.Compile(GeneratorRun.Compilation("", GeneratorRun.Runtime),
        GeneratorRun.Interface(Generator.Tests.Texts.FixedInterface().Replace("source \"tiny.onnx\"", "source \"tiny.onnx\" backend \"Abacus\"")))).Id);

    private static GeneratorRun.TestText[] Texts() =>
    [
        GeneratorRun.Interface(ForOnnxRuntime(Generator.Tests.Texts.FixedInterface())), GeneratorRun.Plan(Generator.Tests.Texts.FixedPlan()),
        GeneratorRun.Interface(ForOnnxRuntime(Generator.Tests.Texts.SymbolicInterface), "reader"), GeneratorRun.Interface(ForOnnxRuntime(Generator.Tests.Texts.PicturesInterface), "flowers"),
        GeneratorRun.Interface(Generator.Tests.Texts.FixedInterface(ns: "Shop", name: "Plain"), "plain"),
    ];

    private static string ForOnnxRuntime(string text) => text.Replace(".onnx\"", ".onnx\" backend \"OnnxRuntime\"");

    private static void AssertClean(string source, MetadataReference[] references, params GeneratorRun.TestText[] texts)
    {
        var found = GeneratorRun.Compile(GeneratorRun.Compilation(source, [GeneratorRun.Runtime, GeneratorRun.OnnxRuntime, .. references]), texts);
        Assert.True(found.IsEmpty, string.Join("\n", found.Select(d => d.ToString())));
    }
}
