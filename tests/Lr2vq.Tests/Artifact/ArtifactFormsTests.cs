using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Artifact;

/// <summary>The forms of convolutions: decided by the compressor, kept in a section, used where they serve.</summary>
public sealed class ArtifactFormsTests
{
    /// <summary>y = a pointwise, then a 3×3 convolution.</summary>
    private const string Lines = """
        input v0 "x" f32 [1,32,12,12]
        weight w0 "a" f32 [32,32,1,1] conv
        weight w1 "b" f32 [32,32,3,3] conv
        step 1 ToBlocked "in" (v0) -> (v1 f32 [1,32,12,12] blocked)
        step 2 Conv "one" (v1, w0) -> (v2 f32 [1,32,12,12] blocked)
        step 3 Conv "two" (v2, w1) -> (v3 f32 [1,32,12,12] blocked) pads=1,1,1,1
        step 4 ToPlain "out" (v3) -> (v4 f32 [1,32,12,12])
        output v4 "y" f32 [1,32,12,12]
        """;

    private static readonly string s_text = TinyArtifact.Text(Lines);

    private static byte[] Bytes(params StepForms[] forms) => ArtifactWriter.ToArray(TinyArtifact.Meta, s_text, TinyArtifact.Tensors(s_text), forms);

    private static byte Number(string word) => ConvForm.Words.Single(w => w.Word == word).Form.Number;

    private static StepForms All(int step, byte number) => new(step, 0, 0, 0, number, number, number);

    private static float[] Run(PlanRunner runner, int inputs = 32 * 144, params int[] shape)
    {
        using ModelSession session = runner.CreateSession();
        float[] x = TinyArtifact.Weight("x", inputs);
        if (shape.Length > 0) session.SetInput<float>(0, x, shape);
        else session.SetInput<float>(0, x);
        session.Run();
        return session.Output<float>(0).ToArray();
    }

    private static float[] Run(byte[] bytes)
    {
        using PlanRunner runner = PlanRunner.Load(bytes);
        return Run(runner);
    }

    [Fact]
    public void FormsSurviveAndTheirLengthIsKnown()
    {
        StepForms[] forms = [new(2, 0, 0, 0, Number("direct"), 0, 200), new(3, 1, 12, 300, Number("winograd2"), Number("winograd4"), Number("direct"))];
        byte[] bytes = Bytes(forms);
        using (ArtifactReader reader = ArtifactReader.Open(TinyArtifact.At(bytes, 1).Open())) Assert.Equal(forms, reader.Forms);
        Assert.Equal(bytes.Length, ArtifactWriter.LengthOf(TinyArtifact.Meta, s_text, TinyArtifact.Tensors(s_text), [All(2, 0), new(3, 1, 12, 300, 0, 0, 0)]));
        // Without forms there is no section.
        Assert.Equal(ArtifactWriter.ToArray(TinyArtifact.Meta, s_text, TinyArtifact.Tensors(s_text)), Bytes());
        using (ArtifactReader reader = ArtifactReader.Open(TinyArtifact.At(Bytes(), 0).Open())) Assert.Empty(reader.Forms);
    }

    [Fact]
    public void AFormIsUsedWhereItServes()
    {
        float[] direct = Run(Bytes(All(3, Number("direct")))), two = Run(Bytes(All(3, Number("winograd2")))), four = Run(Bytes(All(3, Number("winograd4"))));
        // Other sums, other roundings: the form was taken.
        Assert.False(direct.AsSpan().SequenceEqual(two) || direct.AsSpan().SequenceEqual(four) || two.AsSpan().SequenceEqual(four));
        Assert.True(Tolerance.ErrorOfLargest(direct, two) < 1e-5 && Tolerance.ErrorOfLargest(direct, four) < 3e-5);
        // A pointwise convolution has no tiles, a weight without factors no projection, no version has form 99: the model decides as if nothing was there.
        float[] free = Run(Bytes());
        Assert.Equal(free, Run(Bytes(All(2, Number("winograd4")), All(3, Number("projected-direct")))));
        Assert.Equal(free, Run(Bytes(All(2, 99), All(3, 99))));
        // For the shapes at hand only.
        StepForms one = All(3, Number("winograd2"));
        Assert.Equal(two, Run(Bytes(one with { Batch = 1, Height = 12, Width = 12 })));
        foreach (StepForms other in new[] { one with { Batch = 2, Height = 12, Width = 12 }, one with { Batch = 1, Height = 12, Width = 13 }, one with { Height = 12 } })
            Assert.Equal(free, Run(Bytes(other)));
    }

    [Fact]
    public void EachWidthHasAFormOfItsOwn()
    {
        byte[] bytes = Bytes(new StepForms(3, 0, 0, 0, Number("direct"), Number("winograd2"), Number("winograd4")));
        foreach ((Isa isa, string word) in new[] { (Isa.Vector512, "direct"), (Isa.Vector256, "winograd2"), (Isa.Vector128, "winograd4"), (Isa.Scalar, "winograd4") })
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            if (Lanes.Isa == isa) Assert.Equal(Run(Bytes(All(3, Number(word)))), Run(bytes));
        }
    }

    [Fact]
    public void AFormForAnotherStepOrNoneIsRefused()
    {
        foreach (StepForms[] forms in new StepForms[][] { [All(1, 2)], [All(4, 2)], [All(5, 2)], [All(1000, 2)], [All(3, 2), All(3, 2)], [All(3, 2), All(2, 2)] })
        {
            var e = Assert.Throws<InvalidArtifactException>(() => PlanRunner.Load(Bytes(forms)).Dispose());
            Assert.Equal("LR2VQ5004", e.Code);
            Assert.Contains("'forms'", e.Message);
        }
    }

    /// <summary>Behind right hashes: refused with a code, or the network runs.</summary>
    [Fact]
    public void MutatedFormsAreRefusedOrHarmless()
    {
        byte[] original = Bytes(All(2, Number("direct")), All(3, Number("winograd4")));
        byte[] section = ArtifactForms.Write([All(2, Number("direct")), All(3, Number("winograd4"))]);
        int start = original.AsSpan().IndexOf(section), refused = 0, ran = 0;
        float[] expected = Run(original);
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = [.. original];
            for (int changes = 1 + random.Next(2); changes > 0; changes--)
                bytes[start + random.Next(section.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)random.Next(8);
            Reseal.Hashes(bytes);
            try
            {
                Assert.True(Tolerance.ErrorOfLargest(expected, Run(bytes)) < 3e-5);
                ran++;
            }
            catch (InvalidArtifactException e)
            {
                Assert.Equal("LR2VQ5004", e.Code);
                refused++;
            }
        }
        Assert.True(refused > 20 && ran > 20, $"{refused} refused, {ran} ran");
    }

    [Fact]
    public void TheCompressorNamesTheFormOfEveryConvolutionWithKnownShapes()
    {
        using var folder = new Folder();
        CompressedModel made = folder.Compress("1", [], out DiagnosticBag bag);
        Assert.Empty(bag.All);
        using PlanRunner runner = PlanRunner.Load(folder.Artifact);
        int[] convolutions = [.. made.Plan.Steps.Where(s => s.Operator == "Conv").Select(s => s.Number)];
        Assert.Equal(convolutions, runner.Network.Artifact.Forms.Select(f => f.Step));
        Assert.Equal(made.FileBytes, new FileInfo(folder.Artifact).Length);
        foreach (Isa isa in ConvForms.Widths)
        {
            // What the run time would choose itself.
            Assert.Equal("direct", Form("wide", isa));
            Assert.Equal("winograd4", Form("deep", isa));
        }
        Assert.Equal("winograd4", Assert.Single(runner.Info.Tensors.Single(t => t.Name == "deep").Forms).ToString());
        Assert.Equal(24 * 24 * 32, Run(runner, 3 * 24 * 24, 1, 3, 24, 24).Length);

        string Form(string weight, Isa isa) => runner.Info.Tensors.Single(t => t.Name == weight).Forms[0][isa].ToString();
    }

    [Fact]
    public void ASymbolicBatchIsDecidedForOneImageAndOtherSymbolsLeaveTheChoiceToTheRunTime()
    {
        using var folder = new Folder();
        folder.Compress("N", [], out _);
        using (PlanRunner runner = PlanRunner.Load(folder.Artifact))
        {
            Assert.All(runner.Network.Artifact.Forms, f => Assert.Equal((1, 24, 24), (f.Batch, f.Height, f.Width)));
            Assert.Equal(2, runner.Network.Artifact.Forms.Count);
            Assert.Equal(2 * 24 * 24 * 32, Run(runner, 2 * 3 * 24 * 24, 2, 3, 24, 24).Length);
        }
        folder.Compress("N", [], out _, height: "H");
        using (PlanRunner runner = PlanRunner.Load(folder.Artifact))
        {
            Assert.Empty(runner.Network.Artifact.Forms);
            Assert.All(runner.Info.Tensors, t => Assert.Empty(t.Forms));
        }
        // Numbers for the symbols, or a form by name.
        folder.Compress("N", [new("Dimensions", "N=3;H=24")], out _, height: "H");
        using (PlanRunner runner = PlanRunner.Load(folder.Artifact))
            Assert.All(runner.Network.Artifact.Forms, f => Assert.Equal((3, 24, 24), (f.Batch, f.Height, f.Width)));
        folder.Compress("N", [new("Form", "winograd2")], out _, height: "H");
        using (PlanRunner runner = PlanRunner.Load(folder.Artifact))
        {
            Assert.All(runner.Network.Artifact.Forms, f => Assert.Equal((0, Number("winograd2")), (f.Batch, f.Vector256)));
            Assert.Equal(2 * 24 * 24 * 32, Run(runner, 2 * 3 * 24 * 24, 2, 3, 24, 24).Length);
        }
    }

    [Fact]
    public void OptionsOverrideTheForm()
    {
        using var folder = new Folder();
        folder.Compress("1", [new("Form", "winograd2")], out DiagnosticBag bag);
        Assert.Empty(bag.All);
        using (PlanRunner runner = PlanRunner.Load(folder.Artifact))
        {
            Assert.Equal("winograd2", runner.Info.Tensors.Single(t => t.Name == "deep").Forms[0].ToString());
        }
        File.WriteAllText(folder.Config, """{ "tensors": { "d*": { "form": "direct" }, "wide": { "form": "winograd4" } } }""");
        folder.Compress("1", [new("Form", "winograd2")], out bag);
        Diagnostic problem = Assert.Single(bag.All);
        Assert.Equal("LR2VQ4005", problem.Id);
        Assert.Contains("'wide'", problem.Text);
        using (PlanRunner runner = PlanRunner.Load(folder.Artifact))
        {
            Assert.Equal("direct", runner.Info.Tensors.Single(t => t.Name == "deep").Forms[0].ToString());
            // What does not serve is passed over.
            Assert.Equal(24 * 24 * 32, Run(runner, 3 * 24 * 24, 1, 3, 24, 24).Length);
        }
    }

    [Fact]
    public void EveryFormHasAWordAndANumberOfItsOwn()
    {
        Assert.Equal(ConvForm.Words.Count, ConvForm.Words.Select(w => w.Form.Number).Distinct().Count());
        foreach ((string word, ConvForm form) in ConvForm.Words)
        {
            Assert.Equal(word, form.ToString());
            Assert.Equal(form, ConvForm.Of(form.Number));
        }
        foreach (ConvMethod method in Enum.GetValues<ConvMethod>()) Assert.Contains(ConvForm.Words, w => w.Form == new ConvForm(method));
        for (int number = 0; number <= byte.MaxValue; number++)
            Assert.Equal(ConvForm.Words.FirstOrDefault(w => w.Form.Number == number).Form, ConvForm.Of((byte)number));
        Assert.Equal(0, default(ConvForm).Number);
        // All that may be chosen.
        Assert.Equal(ConvForm.Words.Select(w => w.Form.Number).Where(n => n != 0).Order(), ConvKernels.Numbers.ToArray().Order());
    }

    /// <summary>A network of two convolutions, a pointwise and a 3×3 one, in a folder.</summary>
    private sealed class Folder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("lr2vq-forms-").FullName;

        public string Artifact => Path.Combine(_path, "m.lr2vq");

        public string Config => Path.Combine(_path, "m.lr2vq.json");

        public CompressedModel Compress(string batch, KeyValuePair<string, string>[] words, out DiagnosticBag bag, object? height = null)
        {
            string model = Path.Combine(_path, "m.onnx");
            object[] shape = [batch == "1" ? 1 : batch, 3, height ?? 24, 24];
            new OnnxBuilder(13).Input("x", ElementType.Float32, shape)
                .Initializer("wide", RandomTensor.Floats(4, 32, 3, 1, 1)).Initializer("deep", RandomTensor.Floats(5, 32, 32, 3, 3))
                .Node("Conv", ["x", "wide"], ["a"]).Node("Conv", ["a", "deep"], ["y"], ("pads", new long[] { 1, 1, 1, 1 })).Output("y").Write(model);
            bag = new DiagnosticBag();
            ModelOptions options = OptionParser.Parse(words, model, bag);
            CompressedModel? made = ModelCompressor.Compress(model, Artifact, options, null, bag, default);
            Assert.NotNull(made);
            return made;
        }

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
