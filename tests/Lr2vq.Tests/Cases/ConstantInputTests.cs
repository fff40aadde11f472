using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Onnx;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Inputs that the option Constants fixes: the network without them computes what ONNX Runtime computes with those values.</summary>
public sealed class ConstantInputTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly (string Words, HostTensor Value)[] s_values =
    [
        ("16000", HostTensor.Scalar(16000L)),
        ("-3, 0 ,7", HostTensor.Longs(-3, 0, 7)),
        ("5", HostTensor.Longs(5, 5, 5)),
        ("-2147483648", HostTensor.Scalar(int.MinValue)),
        ("200", HostTensor.Of<byte>([200, 200, 200], 3)),
        ("18446744073709551615", HostTensor.Scalar(ulong.MaxValue)),
        ("true,False,1", HostTensor.Of([true, false, true], 3)),
        ("0.1", HostTensor.Scalar(0.1f)),
        ("1e-3,-2,.5", HostTensor.Of([1e-3f, -2f, 0.5f], 3)),
        ("0.1", HostTensor.Of([(Half)0.1f], 1)),
        ("-1.5", HostTensor.Of([-1.5, -1.5, -1.5], 3)),
    ];

    public static TheoryData<int> Values => [.. Enumerable.Range(0, s_values.Length)];

    [Theory, MemberData(nameof(Values))]
    public void A_fixed_value_is_what_a_caller_would_have_given(int index)
    {
        (string words, HostTensor value) = s_values[index];
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 3).Input("c", value.Type, [.. value.Shape.Select(d => (object?)d)])
            .Node("Cast", ["c"], ["f"], ("to", 1L)).Node("Add", ["x", "f"], ["y"]).Node("Identity", ["c"], ["same"]).Output("y").Output("same", value.Type, [.. value.Shape.Select(d => (object?)d)]);
        HostTensor x = RandomTensor.Floats(1, 3);
        HostTensor[] expected = OrtOracle.Run(builder.Build(), ("x", x), ("c", value));
        using ManagedChain chain = Chain(builder, "c=" + words);
        Assert.False(chain.HasInput("c"));
        HostTensor[] actual = chain.Run(("x", x));
        for (int o = 0; o < expected.Length; o++) Tolerance.Exact.Check(expected[o], actual[o], $"output {o}");
    }

    [Fact]
    public void Several_inputs_and_a_dimension_are_fixed_and_a_network_without_inputs_runs()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("a", ElementType.Float32, "n", 2).Input("b=c", ElementType.Float32, "n", 2).Node("Sub", ["a", "b=c"], ["y"]).Output("y");
        using ManagedChain chain = Chain(builder, "a=3;b=c=1,2,3,4", ("Dimensions", "n=2"));
        Assert.Equal([2, 1, 0, -1], chain.Run()[0].ToDoubles());
    }

    [Fact]
    public void A_value_that_the_model_has_for_an_input_can_be_another()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 2).Input("gain", ElementType.Float32, 1).Initializer("gain", HostTensor.Of([10f], 1))
            .Node("Mul", ["x", "gain"], ["y"]).Output("y");
        using ManagedChain usual = Chain(builder, ""), other = Chain(builder, "gain=-2");
        HostTensor x = HostTensor.Of([1f, 2f], 2);
        Assert.Equal([10, 20], usual.Run(("x", x))[0].ToDoubles());
        Assert.Equal([-2, -4], other.Run(("x", x))[0].ToDoubles());
    }

    [Theory]
    [InlineData("rat=1", "LR2VQ3040", "(did you mean 'rate'?). The model's inputs: x, rate, flags, text")]
    [InlineData("rate=1.5", "LR2VQ3041", "'1.5' is no whole number that i64 holds. Give one value")]
    [InlineData("rate=99999999999999999999", "LR2VQ3041", "is no whole number that i64 holds")]
    [InlineData("rate=1,2", "LR2VQ3041", "(i64 []) the value '1,2': there are 2 values. Give one value, or as many as the input has elements, as in Constants=\"rate=1\"")]
    [InlineData("flags=2", "LR2VQ3041", "'2' is no truth value that bool holds. Give one value, or as many as the input has elements, as in Constants=\"flags=true\"")]
    [InlineData("flags=true,false", "LR2VQ3041", "there are 2 values")]
    [InlineData("x=1", "LR2VQ3041", "its shape is not known. Fix its dimensions too, as in Dimensions=\"n=1\"")]
    [InlineData("text=a", "LR2VQ2016", "The input 'text' is text")]
    [InlineData("rate", "LR2VQ3006", "Constants is a list such as sr=16000;mask=1,1,0")]
    [InlineData("rate=1;rate=2", "LR2VQ3006", "Constants is a list such as sr=16000;mask=1,1,0")]
    public void What_does_not_suit_is_refused(string words, string code, string text)
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, "n").Input("rate", ElementType.Int64).Input("flags", ElementType.Bool, 3).Input("text", ElementType.String, 1)
            .Node("Cast", ["rate"], ["r"], ("to", 1L)).Node("Add", ["x", "r"], ["y"]).Output("y");
        (Plans.Plan? plan, DiagnosticBag bag) = TryPlan(builder, words);
        Assert.Null(plan);
        Assert.Contains(text, Assert.Single(bag.All, d => d.Id == code).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shape_that_a_small_input_decides_names_it_and_the_remedy_works()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 2, 6).Input("rows", ElementType.Int64).Initializer("axis", HostTensor.Longs(0)).Initializer("rest", HostTensor.Longs(-1))
            .Node("Unsqueeze", ["rows", "axis"], ["r"]).Node("Concat", ["r", "rest"], ["s"], ("axis", 0L)).Node("Reshape", ["x", "s"], ["y"]).Output("y");
        (Plans.Plan? plan, DiagnosticBag bag) = TryPlan(builder, "");
        Assert.Null(plan);
        Diagnostic only = Assert.Single(bag.All);
        Assert.Equal("LR2VQ2004", only.Id);
        Assert.Contains("which depends on the data of the input 'rows'. Fix the value with the option Constants, e.g. Constants=\"rows=1\"", only.Text, StringComparison.Ordinal);
        Assert.Equal("1,12", string.Join(",", Plan(builder, "rows=1").Outputs[0].Shape));
        using ManagedChain chain = Chain(builder, "rows=3");
        HostTensor x = RandomTensor.Floats(2, 2, 6);
        Tolerance.Exact.Check(OrtOracle.Run(builder.Build(), ("x", x), ("rows", HostTensor.Scalar(3L)))[0], chain.Run(("x", x))[0], "y");
    }

    [Fact]
    public void A_shape_that_large_inputs_decide_is_refused_as_before()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 2, 60).Input("s", ElementType.Int64, 99).Initializer("zero", HostTensor.Longs(0, 1)).Node("Gather", ["s", "zero"], ["t"])
            .Node("Reshape", ["x", "t"], ["y"]).Output("y");
        Assert.DoesNotContain("Constants", Assert.Single(TryPlan(builder, "").Bag.All).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_interface_has_a_fixed_input_no_more_and_agrees_with_the_Plan()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, null, "n").Input("s", ElementType.Float32, null, "m").Input("z", ElementType.Float32, null, "n")
            .Node("Relu", ["x"], ["a"]).Node("Relu", ["z"], ["b"]).Node("ReduceSum", ["s"], ["c"], ("keepdims", 0L)).Node("Add", ["a", "c"], ["d"]).Output("d").Output("b");
        using OnnxCase file = new(builder);
        DiagnosticBag bag = new();
        FixedInputs choices = new(new Dictionary<string, long> { ["d1"] = 2, ["m"] = 3 }, new Dictionary<string, string> { ["s"] = "0.5" });
        Plans.Plan ofHeader = InterfaceReader.Read(file.ModelPath, bag)!.ToPlan(choices), whole = Lr2vq.Compression.ModelCompressor.Plan(file.ModelPath, choices, bag)!;
        Assert.Equal(["x", "z"], ofHeader.Inputs.Select(i => i.Name));
        Assert.Equal(whole.Inputs.Select(i => $"{i.Name} {i.Type} {string.Join(",", i.Shape)}"), ofHeader.Inputs.Select(i => $"{i.Name} {i.Type} {string.Join(",", i.Shape)}"));
        Assert.Equal(whole.Symbols, ofHeader.Symbols);
    }

    [Fact]
    public void Data_for_a_fixed_input_are_refused_and_arrays_left_out()
    {
        PlanPort[] ports = [new PlanPort("v0", "x", ElementType.Float32, [1, 4])];
        NpyFile[] samples = [.. Enumerable.Range(0, 8).Select(i => new NpyFile(ElementType.Float32, [1, 4], RandomTensor.Floats(i, 1, 4).Bytes))];
        Directory.CreateDirectory(_folder["x"]);
        for (int i = 0; i < 8; i++) samples[i].Write(_folder[$"x/{i}.npy"]);
        (CalibrationSet? set, DiagnosticBag bag) = Open($"x={_folder["x"]};sr={_folder["x"]}");
        Assert.Null(set);
        Assert.Contains("CalibrationData has data for the input 'sr', which Constants fixes", Assert.Single(bag.All, d => d.Id == "LR2VQ3042").Text, StringComparison.Ordinal);

        using (FileStream stream = File.Create(_folder["all.npz"]))
        using (System.IO.Compression.ZipArchive archive = new(stream, System.IO.Compression.ZipArchiveMode.Create))
            foreach ((string name, HostTensor value) in new[] { ("x", RandomTensor.Floats(3, 8, 1, 4)), ("sr", HostTensor.Scalar(8000L)) })
            {
                value.WriteNpy(_folder["one.npy"]);
                using Stream entry = archive.CreateEntry(name + ".npy").Open();
                entry.Write(File.ReadAllBytes(_folder["one.npy"]));
            }
        (set, bag) = Open(_folder["all.npz"]);
        Assert.Equal(8, set!.Count);
        Assert.Contains("'sr' are not used", Assert.Single(bag.All).Text, StringComparison.Ordinal);
        Assert.Equal(DiagnosticSeverity.Info, bag.All[0].Severity);

        (CalibrationSet?, DiagnosticBag) Open(string words)
        {
            DiagnosticBag found = new();
            ModelOptions options = OptionParser.Parse([new("CalibrationData", words), new("Constants", "sr=16000")], null, found);
            return (CalibrationSet.Open(options.Calibration!, ports, PreProcessing.None, OptionSpelling.Metadata, found, options.Fixed.Constants.Keys), found);
        }
    }

    [Fact]
    public void The_command_line_takes_them_everywhere_and_the_artifact_remembers()
    {
        new OnnxBuilder().Input("x", ElementType.Float32, 1, 4).Input("gain", ElementType.Float32).Initializer("w", RandomTensor.Floats(1, 4, 64))
            .Node("MatMul", ["x", "w"], ["p"]).Node("Mul", ["p", "gain"], ["y"]).Output("y", ElementType.Float32, 1, 64).Write(_folder["m.onnx"]);
        Assert.Equal(0, ToolRunner.Run("compress", _folder["m.onnx"], "--preset", "Lossless", "--constants", "gain=0.25").Code);
        Assert.Contains("fixed   gain = 0.25", ToolRunner.Run("inspect", _folder["m.lr2vq"]).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("gain", ToolRunner.Run("inspect", _folder["m.onnx"], "--constants", "gain=0.25").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("gain", ToolRunner.Run("plan", _folder["m.onnx"], "--interface", "--constants", "gain=0.25").Output, StringComparison.Ordinal);
        ToolRun compared = ToolRunner.Run("compare", _folder["m.onnx"], _folder["m.lr2vq"], "--constants", "gain=0.25", "--json");
        Assert.InRange(compared.Json().GetProperty("outputs")[0].GetProperty("relativeError").GetDouble(), 0, 1e-12);
        Assert.Equal(1, ToolRunner.Run("compare", _folder["m.onnx"], _folder["m.lr2vq"], "--json").Code);
        Assert.Equal(0, ToolRunner.Run("run", _folder["m.onnx"], "--random", "1", "--constants", "gain=0.25").Code);
        Assert.Equal(0, ToolRunner.Run("report", _folder["m.lr2vq"], "--model", _folder["m.onnx"], "-o", _folder["m.html"]).Code);
        Assert.Contains("constant gain", File.ReadAllText(_folder["m.html"]), StringComparison.Ordinal);
        Assert.Contains("LR2VQ3040", ToolRunner.Run("compress", _folder["m.onnx"], "--constants", "gian=1").Error, StringComparison.Ordinal);
        Assert.NotEqual(Options("gain=1").ToCanonicalText(), Options("gain=2").ToCanonicalText());
        Assert.Equal(Options("a=1;b=1, 2").ToCanonicalText(), Options("b=1,2;a=1").ToCanonicalText());
    }

    private static ModelOptions Options(string constants, params (string Name, string Word)[] more)
    {
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse([new("Preset", "Lossless"), new("Constants", constants), .. more.Select(m => new KeyValuePair<string, string>(m.Name, m.Word))], null, bag);
        bag.ThrowIfErrors();
        return options;
    }

    private static ManagedChain Chain(OnnxBuilder builder, string constants, params (string Name, string Word)[] more)
    {
        using OnnxCase file = new(builder);
        return new ManagedChain(file.ModelPath, Options(constants, more));
    }

    private static Plans.Plan Plan(OnnxBuilder builder, string constants)
    {
        (Plans.Plan? plan, DiagnosticBag bag) = TryPlan(builder, constants);
        bag.ThrowIfErrors();
        return plan!;
    }

    private static (Plans.Plan? Plan, DiagnosticBag Bag) TryPlan(OnnxBuilder builder, string constants)
    {
        using OnnxCase file = new(builder);
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse([new("Constants", constants)], null, bag);
        return (bag.HasErrors ? null : Lr2vq.Compression.ModelCompressor.Plan(file.ModelPath, options.Fixed, bag), bag);
    }
}
