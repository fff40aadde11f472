using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Lr2vq.Generator.Tests;

/// <summary>What the generator emits is compiled against the real run time; not one warning is allowed.</summary>
public sealed class CompileTests
{
    internal static MetadataReference Tensors { get; } = MetadataReference.CreateFromFile(typeof(System.Numerics.Tensors.TensorPrimitives).Assembly.Location);

    [Theory]
    [InlineData("embedded", "public", "Shop.Vision")]
    [InlineData("file", "internal", "")]
    [InlineData("none", "public", "Shop.event")]
    public void FixedNetworkCompiles(string storage, string access, string ns) => AssertClean("",
        GeneratorRun.Interface(Texts.FixedInterface(storage, access, ns)), GeneratorRun.Plan(Texts.FixedPlan()));

    [Fact]
    public void NetworkWithoutPlanCompiles() => AssertClean("", GeneratorRun.Interface(Texts.FixedInterface()));

    [Fact]
    public void SeveralNetworksCompileTogether() => AssertClean("", GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Plan(Texts.FixedPlan()),
        GeneratorRun.Interface(Texts.SymbolicInterface, "reader"), GeneratorRun.Interface(Texts.BatchInterface, "cifar"),
        GeneratorRun.Interface(Texts.AwkwardInterface, "awkward"), GeneratorRun.Interface(Texts.NarrowInterface, "narrow"));

    [Fact]
    public void TheSurfaceIsWhatUsersWrite() => AssertClean("""
        using System;
        using System.IO;
        using Lr2vq;
        using Shop;
        using Shop.Vision;

        internal static class Use
        {
            public static void All(float[] image, float[] logits, int[] shape, long[] lengths, Half[] scores)
            {
                using TinyNet tiny = TinyNet.Create();
                tiny.Predict(image, logits);
                using TinyNet.Session session = tiny.CreateSession();
                session.Predict(image, logits);
                session.Run(image);
                ReadOnlySpan<float> values = session.Output495;
                ModelInfo info = tiny.Info;
                System.Console.WriteLine(TinyNet.Names.Input1 + TinyNet.Names.Output495);
                Span<int> outputShape = stackalloc int[4];
                bool known = tiny.TryGetOutputShape(outputShape, out int rank);
                using TinyNet other = TinyNet.Load(new MemoryStream());
                using TinyNet third = TinyNet.Load("x.lr2vq", new SessionOptions());
                using TinyNet fourth = TinyNet.Load(new ReadOnlyMemory<byte>(new byte[4]));

                using LineReader reader = LineReader.Create();
                reader.Predict(picture: image, pictureShape: shape, lengths: lengths, lengthsShape: shape, softmax11Tmp0: logits, scores最後: scores);
                using LineReader.Session line = reader.CreateSession();
                line.Run(image, shape, lengths, shape);
                ReadOnlySpan<int> softmaxShape = line.Softmax11Tmp0Shape;
                bool ok = reader.TryGetSoftmax11Tmp0Shape(shape, shape, outputShape, out rank);

                using Cifar cifar = Cifar.Create();
                cifar.Predict(image, logits);
                cifar.Predict(image, shape, logits);
            }
        }
        """, GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Interface(Texts.SymbolicInterface, "reader"),
        GeneratorRun.Interface(Texts.BatchInterface, "cifar"));

    [Fact]
    public void OutputsOfAnyLengthAreWhatUsersWrite() => AssertClean("""
        using System;
        using Shop;

        internal static class Use
        {
            public static void All(float[] image, int[] shape)
            {
                using Finder finder = Finder.Create();
                Finder.Outputs found = finder.Compute(image);
                found = finder.Compute(image, shape);
                float[] boxes = found.Boxes;
                for (int i = 0; i < found.BoxesShape[0]; i++) Console.WriteLine(boxes[4 * i] + " " + found.Outputs2[i]);
                using Finder.Session session = finder.CreateSession();
                session.Run(image);
                ReadOnlySpan<float> values = session.Boxes;
                ReadOnlySpan<int> rows = session.BoxesShape;
            }
        }
        """, GeneratorRun.Interface(Texts.DetectorInterface));

    [Fact]
    public void PicturesAreWhatUsersWrite() => AssertClean("""
        using System;
        using Lr2vq;
        using Shop;

        internal static class Use
        {
            public static void All(byte[] rgb, float[] first, float[] second)
            {
                using Flowers flowers = Flowers.Create();
                foreach (ClassScore best in flowers.TopK(rgb, 640, 480, 3)) Console.WriteLine($"{best.Label} {best.Score} {best.Index}");
                flowers.Predict(rgb, 640, 480, first, second);
                using Flowers.Session session = flowers.CreateSession();
                session.Run(rgb, 640, 480);
                session.Predict(rgb, 640, 480, first, second);
                Span<ClassScore> some = new ClassScore[3];
                int count = session.TopK(rgb, 640, 480, some) + Flowers.TopK(session.Width, some) + Flowers.Labels.Count;
                ReadOnlySpan<float> other = session.TopK2;
            }
        }
        """, GeneratorRun.Interface(Texts.PicturesInterface));

    /// <summary>Labels without pictures, pictures without labels, several inputs, a batch that is no single picture.</summary>
    [Theory]
    [InlineData("labels \"a\\u000ab\"", "input v0 \"x\" f32 [1,7]", "output v1 \"y\" f32 [1,2]", true)]
    [InlineData("labels \"a\\u000ab\"", "input v0 \"x\" f32 [1,7]", "output v1 \"y\" f32 [1,2,8,8]", true)]
    [InlineData("pictures \"Mean=1\"", "input v0 \"x\" u8 [1,3,8,8]", "output v1 \"y\" f32 [1,9]", true)]
    [InlineData("pictures \"Mean=1\"", "input v0 \"x\" f32 [4,3,8,8]", "output v1 \"y\" f32 [4,9]", false)]
    [InlineData("pictures \"Mean=1\"", "input v0 \"x\" f32 [1,3,8,8]\ninput v1 \"z\" f32 [1]", "output v2 \"y\" f32 [1,9]", false)]
    public void PartsOfItCompileToo(string options, string inputs, string output, bool hasFile)
    {
        GeneratorRun.TestText text = GeneratorRun.Interface($"lr2vq-interface 1\nmodel \"m\" opset 13\nclass \"Net\" namespace \"\" access \"public\" storage \"none\" location \"\" source \"m.onnx\" {options}\n{inputs}\n{output}\n");
        AssertClean("", text);
        Assert.Equal(hasFile, GeneratorRun.Sources(GeneratorRun.Compilation("", GeneratorRun.Runtime), text).ContainsKey("Net.Pictures.g.cs"));
    }

    [Fact]
    public void TensorsCompile() => AssertClean("""
        using System.Numerics.Tensors;
        using Shop.Vision;

        internal static class Use
        {
            public static void All(TinyNet net, TensorSpan<float> image, TensorSpan<float> logits)
            {
                net.Predict(image, logits);
                using TinyNet.Session session = net.CreateSession();
                session.Predict(image, logits);
            }
        }
        """, [Tensors], GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Interface(Texts.SymbolicInterface, "reader"),
        GeneratorRun.Interface(Texts.BatchInterface, "cifar"), GeneratorRun.Interface(Texts.AwkwardInterface, "awkward"), GeneratorRun.Interface(Texts.NarrowInterface, "narrow"));

    [Fact]
    public void AsyncCallsAndInterfacesAreWhatUsersWrite() => AssertClean("""
        using System;
        using System.Threading;
        using System.Threading.Tasks;
        using Lr2vq;
        using Shop;
        using Shop.Vision;

        internal sealed class Use(TinyNet.IModel net, Flowers.IModel flowers)
        {
            public static T Load<T>() where T : Lr2vqModel, ILr2vqModel<T> => T.Create(new SessionOptions { MaxSessions = 2 });

            public static Use Make() => new(Load<TinyNet>(), Load<Flowers>());

            public async Task All(float[] image, float[] logits, int[] shape, long[] lengths, Half[] scores, byte[] rgb, CancellationToken stop)
            {
                await net.PredictAsync(image, logits, stop);
                net.Predict(image, logits);
                ClassScore[] best = await flowers.TopKAsync(rgb, 640, 480, 3, stop);
                await flowers.PredictAsync(rgb, 640, 480, image, logits);
                best = flowers.TopK(rgb, 640, 480);
                using LineReader reader = LineReader.Create();
                await reader.PredictAsync(picture: image, pictureShape: shape, lengths: lengths, lengthsShape: shape, softmax11Tmp0: logits, scores最後: scores, stop);
                using Cifar cifar = Cifar.Create();
                await cifar.PredictAsync(image, logits);
                await cifar.PredictAsync(image, shape, logits, stop);
            }

            // Something else in the network's place.
            private sealed class Fake : TinyNet.IModel
            {
                public void Predict(ReadOnlySpan<float> input1, Span<float> output495) => output495.Fill(1);

                public ValueTask PredictAsync(ReadOnlyMemory<float> input1, Memory<float> output495, CancellationToken cancellationToken) => default;
            }
        }
        """, GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Interface(Texts.SymbolicInterface, "reader"),
        GeneratorRun.Interface(Texts.BatchInterface, "cifar"), GeneratorRun.Interface(Texts.PicturesInterface, "flowers"));

    [Fact]
    public void MissingRuntimeIsSaidOnceForEachClass()
    {
        Diagnostic found = Assert.Single(GeneratorRun.Compile(GeneratorRun.Compilation(), GeneratorRun.Interface(Texts.FixedInterface())));
        Assert.Equal("LR2VQ6011", found.Id);
        Assert.Contains("PrivateAssets", found.GetMessage());
    }

    [Theory, InlineData(LanguageVersion.CSharp8), InlineData(LanguageVersion.CSharp9), InlineData(LanguageVersion.CSharp11), InlineData(LanguageVersion.LatestMajor)]
    public void OlderLanguageVersionsWillDo(LanguageVersion language)
    {
        var found = GeneratorRun.Compile(GeneratorRun.Compilation(language, "", GeneratorRun.Runtime, Tensors),
            GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Plan(Texts.FixedPlan()), GeneratorRun.Interface(Texts.SymbolicInterface, "reader"),
            GeneratorRun.Interface(Texts.BatchInterface, "cifar"), GeneratorRun.Interface(Texts.AwkwardInterface, "awkward"), GeneratorRun.Interface(Texts.NarrowInterface, "narrow"));
        Assert.True(found.IsEmpty, string.Join("\n", found.Select(d => d.ToString())));
    }

    [Theory, InlineData(LanguageVersion.CSharp7_3, "7.3"), InlineData(LanguageVersion.CSharp5, "5")]
    public void LanguageVersionThatIsTooOldIsNamed(LanguageVersion language, string name)
    {
        Diagnostic found = Assert.Single(GeneratorRun.Compile(GeneratorRun.Compilation(language, "", GeneratorRun.Runtime), GeneratorRun.Interface(Texts.FixedInterface())));
        Assert.Equal("LR2VQ6015", found.Id);
        Assert.Contains($"LangVersion is {name}", found.GetMessage());
    }

    [Theory]
    [InlineData("lr2vq-interface 2\n", "Line 1")]
    [InlineData("lr2vq-interface 1\nmodel \"m\" opset 13\ninput v0 \"x\" f32 [1]\n", "'class' is missing")]
    [InlineData("lr2vq-interface 1\nmodel \"m\" opset 13\nclass \"A\" namespace \"\" access \"public\" storage \"none\" location \"\" source \"m.onnx\"\ninput v0 \"x\" str [1]\n", "element type str")]
    [InlineData("lr2vq-interface 1\nmodel \"m\" opset 13\nclass \"A B\" namespace \"\" access \"public\" storage \"none\" location \"\" source \"m.onnx\"\n", "not known")]
    [InlineData("", "Line 1")]
    public void WrongInterfacesAreDiagnostics(string text, string expected)
    {
        Diagnostic found = Assert.Single(GeneratorRun.Compile(GeneratorRun.Compilation("", GeneratorRun.Runtime), GeneratorRun.Interface(text)));
        Assert.Equal("LR2VQ6012", found.Id);
        Assert.Contains(expected, found.GetMessage());
    }

    [Fact]
    public void WrongPlansAreDiagnostics()
    {
        Diagnostic found = Assert.Single(GeneratorRun.Compile(GeneratorRun.Compilation("", GeneratorRun.Runtime),
            GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Plan("lr2vq-plan 1\nmodel \"m\" opset x\n")));
        Assert.Equal("LR2VQ6012", found.Id);
        Assert.Contains("Line 2", found.GetMessage());
    }

    private static void AssertClean(string source, params GeneratorRun.TestText[] texts) => AssertClean(source, [], texts);

    private static void AssertClean(string source, MetadataReference[] references, params GeneratorRun.TestText[] texts)
    {
        var found = GeneratorRun.Compile(GeneratorRun.Compilation(source, [GeneratorRun.Runtime, .. references]), texts);
        Assert.True(found.IsEmpty, string.Join("\n", found.Select(d => d.ToString())));
    }
}
