using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Xunit;

namespace Lr2vq.Generator.Tests;

public sealed class GoldenTests
{
    [Fact]
    public void FixedNetworkIsAsRecorded() => Check("TinyNet", "Shop.Vision.TinyNet",
        GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Plan(Texts.FixedPlan()));

    [Fact]
    public void SymbolicNetworkIsAsRecorded() => Check("LineReader", "Shop.LineReader", GeneratorRun.Interface(Texts.SymbolicInterface));

    [Fact]
    public void DetectorIsAsRecorded() => Golden.Check("Finder", GeneratorRun.Sources(GeneratorRun.Compilation("", GeneratorRun.Runtime),
        GeneratorRun.Interface(Texts.DetectorInterface))["Shop.Finder.g.cs"]);

    [Fact]
    public void NarrowTypesAreAsRecorded() => Check("Narrow", "Shop.Narrow", GeneratorRun.Interface(Texts.NarrowInterface));

    [Fact]
    public void AwkwardNamesAreAsRecorded() => Check("Awkward", "Shop.event.Awkward", GeneratorRun.Interface(Texts.AwkwardInterface));

    [Fact]
    public void TensorOverloadsAreAsRecorded()
    {
        Dictionary<string, string> files = GeneratorRun.Sources(
            GeneratorRun.Compilation("", GeneratorRun.Runtime, CompileTests.Tensors), GeneratorRun.Interface(Texts.FixedInterface()));
        Golden.Check("TinyNet.Tensors", files["Shop.Vision.TinyNet.Tensors.g.cs"]);
    }

    [Fact]
    public void PicturesAndLabelsAreAsRecorded()
    {
        Dictionary<string, string> files = GeneratorRun.Sources(GeneratorRun.Compilation("", GeneratorRun.Runtime), GeneratorRun.Interface(Texts.PicturesInterface));
        Golden.Check("Flowers.Pictures", files["Shop.Flowers.Pictures.g.cs"]);
        Golden.Check("Flowers.Async", files["Shop.Flowers.Async.g.cs"]);
        Golden.Check("Flowers.Interfaces", files["Shop.Flowers.Interfaces.g.cs"]);
    }

    [Fact]
    public void LongPlansAreSplit()
    {
        Dictionary<string, string> files = GeneratorRun.Sources(GeneratorRun.Compilation("", GeneratorRun.Runtime),
            GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Plan(Texts.LongPlan(450)));
        string code = files["Shop.Vision.TinyNet.Steps.g.cs"];
        Assert.Contains("Steps1To200(in run);\n            Steps201To400(in run);\n            Steps401To450(in run);", code);
        Assert.Contains("run.Step<global::Lr2vq.Operators.Relu>(450);", code);
    }

    [Fact]
    public void StepsInBranchesSayWhere()
    {
        const string Plan = """
            lr2vq-plan 1
            model "m" structure 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff opset 13
            input v0 "x" f32 [8]
            input v1 "c" bool []
            step 1 Relu "a" (v0) -> (v2 f32 [8])
            step 2 If "b" (v1, v2, v0) -> (v3 f32 [8]) then=1
            step 3 Neg "d" (v3) -> (v4 f32 [8])
            step 4 If "e" (v1, v3, v4) -> (v5 f32 [8]) then=2 else=1
            step 5 Turn "t" (_, v1, v5) -> (v6 i64 [], v7 bool [], v8 f32 [8]) trips=9
            step 6 Neg "n" (v8) -> (v9 f32 [8])
            step 7 Loop "l" (_, v6, v7, _, v8, v9) -> (v10 f32 [8]) trips=9 body=1
            output v10 "y" f32 [8]

            """;
        Dictionary<string, string> files = GeneratorRun.Sources(GeneratorRun.Compilation("", GeneratorRun.Runtime), GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Plan(Plan));
        string code = files["Shop.Vision.TinyNet.Steps.g.cs"];
        Assert.Contains("// 1  then of 2, a:", code);
        Assert.Contains("// 2  then of 4, b:", code);
        Assert.Contains("// 3  else of 4, d:", code);
        Assert.Contains("run.Step<global::Lr2vq.Operators.If>(4);", code);
        Assert.Contains("// 6  turn of 7, n:", code);
        Assert.Contains("run.Step<global::Lr2vq.Operators.Loop>(7);", code);
    }

    private static void Check(string name, string hint, params GeneratorRun.TestText[] texts)
    {
        Compilation compilation = GeneratorRun.Compilation("", GeneratorRun.Runtime);
        Dictionary<string, string> files = GeneratorRun.Sources(compilation, texts);
        Golden.Check(name, files[hint + ".g.cs"]);
        Golden.Check(name + ".Steps", files[hint + ".Steps.g.cs"]);
        Golden.Check(name + ".Async", files[hint + ".Async.g.cs"]);
        Golden.Check(name + ".Interfaces", files[hint + ".Interfaces.g.cs"]);
        Assert.Equal(4, files.Count);
    }
}
