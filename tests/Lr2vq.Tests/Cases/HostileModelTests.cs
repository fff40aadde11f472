using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Testing;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Models made to harm end in a diagnostic with a code, quickly.</summary>
public sealed class HostileModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-hostile").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("dimension_nested.onnx", "LR2VQ2010")]
    [InlineData("dims_overflow.onnx", "LR2VQ1011")]
    [InlineData("trilu_rank1.onnx", "LR2VQ2002")]
    [InlineData("scatternd_reduction_mean.onnx", "LR2VQ2002")]
    public void Collected_files_are_refused(string file, string code) => Refused(TestData.Case("12-attack/" + file), code);

    [Fact]
    public void A_convolution_of_no_image_gives_none() => CheckEmpty(File.ReadAllBytes(TestData.Case("12-attack/conv_batch0.onnx")), [0, 16, 8, 8]);

    [Theory]
    [InlineData("Conv", 1), InlineData("Conv", 16), InlineData("ConvTranspose", 1)]
    public void Convolutions_of_an_empty_batch(string op, int group)
    {
        foreach (int kernel in new[] { 1, 3, 5 })
        {
            OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, "n", 16, 9, 9).Initializer("w", RandomTensor.Floats(1, 16, 16 / group, kernel, kernel))
                .Node(op, ["x", "w"], ["c"], ("group", (long)group)).Node("Relu", ["c"], ["y"]).Output("y");
            CheckEmpty(builder.Build(), [0, 16, 9, 9]);
        }
    }

    [Theory]
    [InlineData("DepthToSpace", "mode", "ABC"), InlineData("Gelu", "approximate", "maybe"), InlineData("Resize", "nearest_mode", "up"), InlineData("Resize", "coordinate_transformation_mode", "none")]
    [InlineData("ScatterElements", "reduction", "mean"), InlineData("Resize", "keep_aspect_ratio_policy", "?")]
    public void Unknown_words_in_attributes(string op, string attribute, string word)
    {
        OnnxBuilder builder = new OnnxBuilder(20).Input("x", ElementType.Float32, 1, 4, 2, 2).Input("i", ElementType.Int64, 1, 4, 2, 2).Initializer("s", HostTensor.Longs(1, 4, 5, 5));
        string[] inputs = op == "Resize" ? ["x", "", "", "s"] : op == "ScatterElements" ? ["x", "i", "x"] : ["x"];
        builder.Node(op, inputs, ["y"], (attribute, word), ("blocksize", 2L)).Output("y");
        (Plans.Plan? plan, DiagnosticBag bag) = PlannedModel.TryPlan(builder);
        Assert.Null(plan);
        Assert.Contains($"'{word}'", Assert.Single(bag.All).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Dimensions_whose_product_overflows_before_a_zero()
    {
        object[] shape = [int.MaxValue, 65536, 65536, 65536, 0];
        string path = Write(new OnnxBuilder().Input("x", ElementType.Float32, [.. shape]).Node("Relu", ["x"], ["y"]).Output("y"));
        Assert.NotEmpty(Problems(path));
        Refused(Write(new OnnxBuilder().Input("x", ElementType.Float32, 0).Initializer("s", HostTensor.Longs(int.MaxValue, 65536, 65536, 65536, 0)).Node("Expand", ["x", "s"], ["y"]).Output("y")), "LR2VQ2007");
    }

    [Fact]
    public void Dimensions_too_deep_to_be_read_back_name_the_remedy()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("a", ElementType.Float32, "A").Input("b", ElementType.Float32, "B").Initializer("three", HostTensor.Longs(3))
            .Node("Shape", ["a"], ["v0"]).Node("Shape", ["b"], ["sb"]);
        for (int i = 0; i < 60; i++) builder.Node("Add", [$"v{i}", "three"], [$"s{i}"]).Node("Div", [$"s{i}", i % 2 == 0 ? "sb" : "three"], [$"v{i + 1}"]);
        builder.Node("ConstantOfShape", ["v60"], ["y"]).Output("y");
        Diagnostic only = Assert.Single(PlannedModel.TryPlan(builder).Bag.All);
        Assert.Equal("LR2VQ2010", only.Id);
        Assert.Contains("Dimensions=\"A=64;B=64\"", only.Text, StringComparison.Ordinal);
        Assert.Single(PlannedModel.Plan(builder, ("A", 64), ("B", 64)).Outputs);
    }

    [Fact]
    public void What_is_planned_can_be_read_back()
    {
        // Expressions that grow step by step: as long as one is accepted, its Plan is read.
        for (int depth = 1; depth < 40; depth++)
        {
            OnnxBuilder builder = new OnnxBuilder().Input("a", ElementType.Float32, "A").Input("b", ElementType.Float32, "B").Initializer("three", HostTensor.Longs(3))
                .Node("Shape", ["a"], ["v0"]).Node("Shape", ["b"], ["sb"]);
            for (int i = 0; i < depth; i++) builder.Node("Add", [$"v{i}", "three"], [$"s{i}"]).Node("Div", [$"s{i}", "sb"], [$"d{i}"]).Node("Mul", [$"d{i}", "sb"], [$"v{i + 1}"]);
            if (PlannedModel.TryPlan(builder.Node("ConstantOfShape", [$"v{depth}"], ["y"]).Output("y")).Plan is not { } plan) return;
            Assert.Equal(plan.Outputs[0].Shape, Plans.PlanText.Parse(Plans.PlanText.Write(plan)).Outputs[0].Shape);
        }
        Assert.Fail("nothing was too deep");
    }

    [Theory]
    [InlineData("data.bin"), InlineData("weights/data.bin")]
    public void Data_behind_a_link_out_of_the_folder_is_refused(string location)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string inside = Path.Combine(_folder, "model"), outside = Path.Combine(_folder, "elsewhere");
        Directory.CreateDirectory(inside);
        Directory.CreateDirectory(outside);
        File.WriteAllBytes(Path.Combine(outside, "data.bin"), new byte[16]);
        if (location.Contains('/')) Directory.CreateSymbolicLink(Path.Combine(inside, "weights"), outside);
        else File.CreateSymbolicLink(Path.Combine(inside, location), Path.Combine("..", "elsewhere", "data.bin"));
        string path = Path.Combine(inside, "m.onnx");
        External(location).Write(path);
        Assert.Contains("a link that leads out of the model's directory", Problems(path)[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_behind_links_inside_the_folder_or_in_that_of_the_model_itself_is_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        // As the cache of a model hub: files in one folder, links to them in another.
        string blobs = Path.Combine(_folder, "blobs"), snapshot = Path.Combine(_folder, "snapshot");
        Directory.CreateDirectory(blobs);
        Directory.CreateDirectory(snapshot);
        External("data.bin").Write(Path.Combine(blobs, "m1"));
        File.WriteAllBytes(Path.Combine(blobs, "d1"), new byte[16]);
        File.CreateSymbolicLink(Path.Combine(snapshot, "m.onnx"), Path.Combine("..", "blobs", "m1"));
        File.CreateSymbolicLink(Path.Combine(snapshot, "data.bin"), Path.Combine("..", "blobs", "d1"));
        Assert.Empty(Problems(Path.Combine(snapshot, "m.onnx")));
    }

    [Fact]
    public void Pipes_are_refused_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes have no place in folders on Windows");
        string pipe = Path.Combine(_folder, "pipe"), link = Path.Combine(_folder, "link"), data = Path.Combine(_folder, "m.onnx");
        using (Process made = Process.Start("mkfifo", [pipe])) made.WaitForExit();
        File.CreateSymbolicLink(link, pipe);
        External("link").Write(data);
        InTime(() =>
        {
            Assert.Equal("LR2VQ1004", Assert.Single(Problems(pipe)).Id);
            Assert.Equal("LR2VQ1004", Assert.Single(Problems(link)).Id);
            Assert.Equal("LR2VQ1014", Problems(data)[0].Id);
            Assert.Throws<InvalidArtifactException>(() => ArtifactMemory.Map(pipe));
            Assert.Throws<InvalidArtifactException>(() => ArtifactMemory.Map(link));
            DiagnosticBag bag = new();
            Assert.Null(InterfaceReader.Read(link, bag));
            Assert.Equal("LR2VQ1004", Assert.Single(bag.All).Id);
            return true;
        });
    }

    [Fact]
    public void Control_characters_of_names_are_shown_not_obeyed()
    {
        const string name = "evil\u001b[31m\nfile.onnx : error \u202e";
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 3).Node("Relu", ["x"], [name]).Node("NonZero", [name], ["y"], name, "").Output("y");
        foreach (Diagnostic diagnostic in PlannedModel.TryPlan(builder).Bag.All)
        {
            Assert.Contains("evil\\u001b[31m\\u000afile", diagnostic.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(diagnostic.ToString(), PrintableText.IsEscaped);
        }
    }

    [Fact]
    public void Graphs_inside_graphs_end_in_a_diagnostic()
    {
        foreach (int depth in new[] { 10, 30, 100 })
        {
            OnnxBuilder inner = new OnnxBuilder().Node("Neg", ["x"], ["t"]).Output("t");
            for (int i = 0; i < depth; i++) inner = new OnnxBuilder().Node("If", ["c"], ["t"], ("then_branch", inner), ("else_branch", inner2())).Output("t");
            string path = Write(new OnnxBuilder().Input("x", ElementType.Float32, 3).Initializer("c", HostTensor.Scalar(true)).Node("If", ["c"], ["y"], ("then_branch", inner), ("else_branch", inner2())).Output("y"));
            InTime(() => Problems(path).Length == 0 || Problems(path)[0].Id == "LR2VQ1010");

            static OnnxBuilder inner2() => new OnnxBuilder().Node("Relu", ["x"], ["t"]).Output("t");
        }
    }

    [Fact]
    public void More_dimensions_than_a_plan_can_name_are_refused()
    {
        object[] ones = [.. Enumerable.Repeat((object)1, 17)];
        Refused(Write(new OnnxBuilder().Input("x", ElementType.Float32, ones).Node("Relu", ["x"], ["y"]).Output("y")), "LR2VQ2006");
        Refused(Write(new OnnxBuilder().Input("x", ElementType.Float32, "n").Initializer("s", HostTensor.Of(Enumerable.Repeat(1L, 17).ToArray(), 17)).Node("Expand", ["x", "s"], ["y"]).Output("y")), "LR2VQ2002");
    }

    [Fact]
    public void Thousands_of_names_that_look_alike_and_of_outputs_take_no_time()
    {
        const int many = 20_000;
        OnnxBuilder builder = new();
        for (int i = 0; i < many; i++)
            builder.Input($"x{i}", ElementType.Float32, "é" + new string('!', i % 50) + (char)(0x400 + i / 50)).Initializer($"w{i}", HostTensor.Of([1f, 2f + i], 2))
                .Node("Clip", [$"x{i}"], [$"y{i}"], "same", "", ("min", 1f + i)).Output($"y{i}");
        string path = Write(builder);
        InTime(() => Problems(path).Length == 0);
    }

    [Fact]
    public void Millions_of_empty_messages_are_refused_before_they_fill_the_memory()
    {
        // Nodes with nothing but empty attributes: two bytes each.
        byte[] attributes = new byte[2 * 3_000_000];
        for (int i = 0; i < attributes.Length; i += 2) attributes[i] = 5 << 3 | 2;
        OnnxWire graph = new OnnxWire().Bytes(1, attributes);
        string path = Path.Combine(_folder, "m.onnx");
        File.WriteAllBytes(path, new OnnxWire().Varint(1, 8).Message(7, graph).Message(8, new OnnxWire().Varint(2, 17)).ToArray());
        InTime(() => Problems(path)[0].Id == "LR2VQ1007");
    }

    private static OnnxBuilder External(string location) => new OnnxBuilder().Input("x", ElementType.Float32, 4).ExternalInitializer("w", ElementType.Float32, [4], location)
        .Node("Add", ["x", "w"], ["y"]).Output("y");

    private string Write(OnnxBuilder builder)
    {
        string path = Path.Combine(_folder, Guid.NewGuid().ToString("n") + ".onnx");
        builder.Write(path);
        return path;
    }

    private static void Refused(string path, string code) => InTime(() =>
    {
        Assert.Equal(code, Assert.Single(Problems(path)).Id);
        return true;
    });

    private static Diagnostic[] Problems(string path)
    {
        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxFile.Open(path, bag);
        if (model is not null) Planning.Planner.Plan(model, "model", null, new System.Collections.Generic.Dictionary<string, long>(), bag);
        return [.. bag.All];
    }

    /// <summary>A thread of its own, so that what waits for ever is seen.</summary>
    private static void InTime(Func<bool> work)
    {
        Exception? problem = null;
        bool right = false;
        var thread = new Thread(() =>
        {
            try { right = work(); }
            catch (Exception e) { problem = e; }
        }) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "it does not end");
        if (problem is not null) throw new InvalidOperationException(problem.Message, problem);
        Assert.True(right);
    }

    private static void CheckEmpty(byte[] model, int[] shape)
    {
        HostTensor x = HostTensor.Of(Array.Empty<float>(), shape);
        using ManagedChain chain = ManagedChain.Of(model);
        Assert.Equal(OrtOracle.Run(model, ("x", x))[0].Shape, chain.Run(("x", x))[0].Shape);
    }
}
