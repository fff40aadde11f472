using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Shapes that depend on shapes only, at several sizes, against ONNX Runtime.</summary>
public sealed class ShapeArithmeticTests
{
    private const string Folder = "05-shape-arithmetic/";

    private static readonly int[] s_lengths = [1, 2, 3, 5, 6, 7, 8, 10, 13, 14, 20, 21, 41, 49];

    [Fact]
    public void Remainder_of_a_negative_length() => Check(File.ReadAllBytes(TestData.Case(Folder + "neg_mod_pad.onnx")), h => [[2, h]], [6, 7, 8, 13, 14, 15]);

    [Fact]
    public void Division_of_torch() => Check(File.ReadAllBytes(TestData.Case(Folder + "torch_div_floor.onnx")), h => [[2, h]], [2, 4, 8, 14]);

    [Fact]
    public void Scale_of_a_symbolic_length() => Check(File.ReadAllBytes(TestData.Case(Folder + "resize_scale_0.7.onnx")), h => [[1, 2, h, h + 1]], [2, 3, 5, 7, 10, 13, 20, 30]);

    [Fact]
    public void Scales_from_shapes() => Check(File.ReadAllBytes(TestData.Case(Folder + "resize_scales_from_shapes.onnx")), h => [[1, 3, h, 5], [1, 3, 41, h + 3]], [2, 3, 7, 11, 41, 49, 55]);

    [Fact]
    public void Range_of_floats() => Check(File.ReadAllBytes(TestData.Case(Folder + "yolo_anchors_float_range.onnx")), h => [[1, 4, h, h + 2]], [1, 2, 5, 8]);

    [Fact]
    public void Branch_that_a_static_shape_decides() => Check(File.ReadAllBytes(TestData.Case("10-files/if_on_static_shape.onnx")), _ => [[2, 3]], [1]);

    [Fact]
    public void Branch_that_a_constant_decides() => Check(File.ReadAllBytes(TestData.Case("08-refused/if_constant.onnx")), _ => [[3]], [1]);

    [Fact]
    public void Broadcast_of_an_empty_length_with_1()
    {
        byte[] model = File.ReadAllBytes(TestData.Case("numerics-14-broadcast-0-with-1-symbolic/model.onnx"));
        Check(model, n => [[n, 4], [1, 4]], [0, 1, 3]);
        Check(model, n => [[1, 4], [n, 4]], [0, 1, 3]);
        Check(model, n => [[n, 4], [n, 4]], [0, 2]);
    }

    [Theory]
    [InlineData(0, 7), InlineData(0, -3), InlineData(1, 7), InlineData(1, -3)]
    public void Remainders_of_both_kinds(int fmod, int divisor)
    {
        // 10 − h is positive, zero or negative; the remainder becomes a length by adding 8.
        OnnxBuilder builder = Length().Initializer("ten", HostTensor.Longs(10)).Initializer("d", HostTensor.Longs(divisor)).Initializer("eight", HostTensor.Longs(8))
            .Node("Sub", ["ten", "h"], ["x1"]).Node("Mod", ["x1", "d"], ["m"], ("fmod", (long)fmod)).Node("Add", ["m", "eight"], ["n"]);
        CheckFill(builder, s_lengths);
    }

    [Theory]
    [InlineData(3), InlineData(-3)]
    public void Division_of_integers_cuts_towards_zero(int divisor)
    {
        OnnxBuilder builder = Length().Initializer("ten", HostTensor.Longs(10)).Initializer("d", HostTensor.Longs(divisor)).Initializer("twenty", HostTensor.Longs(20))
            .Node("Sub", ["ten", "h"], ["x1"]).Node("Div", ["x1", "d"], ["m"]).Node("Add", ["m", "twenty"], ["n"]);
        CheckFill(builder, s_lengths);
    }

    [Fact]
    public void Padding_to_a_multiple()
    {
        // (7 − h mod 7) mod 7 at the end of an axis.
        OnnxBuilder builder = Length().Initializer("seven", HostTensor.Longs(7)).Initializer("z3", HostTensor.Longs(0, 0, 0))
            .Node("Mod", ["h", "seven"], ["m"]).Node("Sub", ["seven", "m"], ["s"]).Node("Mod", ["s", "seven"], ["p"]).Node("Concat", ["z3", "p"], ["pads"], ("axis", 0L))
            .Node("Pad", ["x", "pads"], ["y"]).Output("y");
        Plans.Plan plan = PlannedModel.Plan(builder);
        Assert.Equal("2,-7*((6*h)/7)+7*h", string.Join(",", plan.Outputs[0].Shape));
        Check(builder.Build(), h => [[2, h]], s_lengths);
    }

    [Theory]
    [InlineData("Floor"), InlineData("Ceil"), InlineData("Round"), InlineData(null)]
    public void Lengths_times_a_float(string? rounding)
    {
        foreach (float scale in new[] { 0.7f, 1.5f, 0.33333334f, 2.3f })
        {
            OnnxBuilder builder = Length().Initializer("scale", HostTensor.Scalar(scale)).Node("Cast", ["h"], ["f"], ("to", 1L)).Node("Mul", ["f", "scale"], ["m"]);
            if (rounding is not null) builder.Node(rounding, ["m"], ["r"]);
            CheckFill(builder.Node("Cast", [rounding is null ? "m" : "r"], ["n"], ("to", 7L)), s_lengths);
        }
    }

    [Theory]
    [InlineData(1), InlineData(-1), InlineData(2)]
    public void Slices_from_a_place_of_either_sign(int step)
    {
        // From h − 6 on: counted from the end where that is negative.
        OnnxBuilder builder = Length().Initializer("six", HostTensor.Longs(6)).Initializer("end", HostTensor.Longs(step > 0 ? long.MaxValue : long.MinValue)).Initializer("axis", HostTensor.Longs(1))
            .Initializer("step", HostTensor.Longs(step)).Node("Sub", ["h", "six"], ["start"]).Node("Relu", ["x"], ["r"]).Node("Slice", ["r", "start", "end", "axis", "step"], ["y"]).Output("y");
        Check(builder.Build(), h => [[2, h]], s_lengths);
    }

    [Fact]
    public void Clips_of_integers_and_floats()
    {
        OnnxBuilder builder = Length().Initializer("low", HostTensor.Scalar(4L)).Initializer("high", HostTensor.Scalar(9L)).Initializer("most", HostTensor.Scalar(12.5f))
            .Node("Clip", ["h", "low", "high"], ["a"]).Node("Clip", ["h", "", "high"], ["b"]).Node("Cast", ["h"], ["f"], ("to", 1L)).Node("Clip", ["f", "", "most"], ["c"])
            .Node("Cast", ["c"], ["d"], ("to", 7L)).Node("Add", ["a", "b"], ["e"]).Node("Add", ["d", "e"], ["n"]);
        CheckFill(builder, s_lengths);
    }

    [Fact]
    public void Conditions_with_shapes_become_choices()
    {
        // h > 7 and not (h = 10): 3, else h + 1; the condition also through Xor and Or.
        OnnxBuilder builder = Length().Initializer("seven", HostTensor.Longs(7)).Initializer("ten", HostTensor.Longs(10)).Initializer("one", HostTensor.Longs(1)).Initializer("three", HostTensor.Longs(3))
            .Node("Greater", ["h", "seven"], ["a"]).Node("Equal", ["h", "ten"], ["b"]).Node("Not", ["b"], ["c"]).Node("And", ["a", "c"], ["d"]).Node("LessOrEqual", ["h", "one"], ["e"])
            .Node("Or", ["d", "e"], ["f"]).Node("Xor", ["f", "e"], ["g"]).Node("Add", ["h", "one"], ["h1"]).Node("Where", ["g", "three", "h1"], ["n"]);
        CheckFill(builder, s_lengths);
    }

    [Theory]
    [InlineData(0f, 1f), InlineData(0.5f, 1f), InlineData(1f, 0.375f), InlineData(20f, -1.5f)]
    public void Ranges_of_floats(float start, float delta)
    {
        OnnxBuilder builder = Length(false).Initializer("start", HostTensor.Scalar(start)).Initializer("delta", HostTensor.Scalar(delta))
            .Node("Cast", ["hs"], ["limit"], ("to", 1L)).Node("Range", ["start", "limit", "delta"], ["y"]).Output("y");
        Check(builder.Build(), h => [[2, h]], s_lengths);
    }

    [Fact]
    public void Ranges_of_floats_in_steps_that_round()
    {
        // ONNX Runtime adds step to step, which rounds more with every one: it tells the lengths, ONNX the values.
        byte[] model = Length(false).Initializer("start", HostTensor.Scalar(1f)).Initializer("delta", HostTensor.Scalar(0.3f))
            .Node("Cast", ["hs"], ["limit"], ("to", 1L)).Node("Range", ["start", "limit", "delta"], ["y"]).Output("y").Build();
        using ManagedChain chain = ManagedChain.Of(model);
        foreach (int h in s_lengths)
        {
            HostTensor x = RandomTensor.Floats(1, -1f, 1f, 2, h), actual = chain.Run(("x", x))[0];
            float[] expected = [.. Enumerable.Range(0, OrtOracle.Run(model, ("x", x))[0].Length).Select(i => (float)(1 + i * (double)0.3f))];
            Tolerance.Ulp(1).Check(HostTensor.Of(expected, expected.Length), actual, $"h = {h}");
        }
    }

    [Fact]
    public void Ranges_of_integers_in_steps_that_a_shape_gives()
    {
        OnnxBuilder builder = Length(false).Initializer("start", HostTensor.Scalar(0L)).Initializer("limit", HostTensor.Scalar(100L)).Initializer("five", HostTensor.Scalar(5L))
            .Node("Range", ["start", "limit", "hs"], ["y"]).Output("y");
        Check(builder.Build(), h => [[2, h]], s_lengths);
    }

    [Fact]
    public void Branches_of_sizes_become_a_choice_and_a_branch_inside_a_branch_reads_what_is_outside()
    {
        OnnxBuilder inner = new OnnxBuilder().Node("Mul", ["h", "two"], ["t2"]).Output("t2"), other = new OnnxBuilder().Node("Identity", ["two"], ["e2"]).Output("e2");
        OnnxBuilder positive = new OnnxBuilder().Initializer("two", HostTensor.Longs(2)).Initializer("no", HostTensor.Scalar(true))
            .Node("If", ["no"], ["t"], ("then_branch", inner), ("else_branch", other)).Output("t");
        OnnxBuilder negative = new OnnxBuilder().Initializer("two", HostTensor.Longs(3)).Node("Add", ["h", "two"], ["t"]).Output("t");
        OnnxBuilder builder = Length(false).Initializer("axis", HostTensor.Longs(0)).Initializer("six", HostTensor.Scalar(6L)).Node("Unsqueeze", ["hs", "axis"], ["h"])
            .Node("Greater", ["hs", "six"], ["c"]).Node("If", ["c"], ["n"], ("then_branch", positive), ("else_branch", negative));
        CheckFill(builder, s_lengths);
    }

    [Fact]
    public void Branches_of_constants_become_a_choice_by_data()
    {
        OnnxBuilder positive = new OnnxBuilder().Initializer("a", HostTensor.Of([1f, 2f, 3f], 3)).Node("Identity", ["a"], ["t"]).Output("t");
        OnnxBuilder negative = new OnnxBuilder().Node("Constant", [], ["e"], ("value", HostTensor.Of([7f, 8f, 9f], 3))).Output("e");
        OnnxBuilder builder = new OnnxBuilder().Input("c", ElementType.Bool).Node("If", ["c"], ["y"], ("then_branch", positive), ("else_branch", negative)).Output("y");
        byte[] model = builder.Build();
        foreach (bool condition in new[] { true, false })
            Tolerance.Exact.Check(OrtOracle.Run(model, ("c", HostTensor.Scalar(condition)))[0], ManagedChain.Run(model, ("c", HostTensor.Scalar(condition)))[0], "y");
    }

    [Fact]
    public void What_is_not_followed_names_the_dimensions_and_the_remedy_works()
    {
        // The largest of an index table up to h, taken at a place that h decides: too much for an expression.
        OnnxBuilder builder = Length(false).Initializer("table", HostTensor.Longs(4, 2, 9, 1, 5, 3)).Initializer("six", HostTensor.Scalar(6L)).Initializer("axis", HostTensor.Longs(0))
            .Node("Mod", ["hs", "six"], ["place"]).Node("Gather", ["table", "place"], ["v"], "look-up", "").Node("Unsqueeze", ["v", "axis"], ["n"]).Node("ConstantOfShape", ["n"], ["y"]).Output("y");
        (Plans.Plan? plan, DiagnosticBag bag) = PlannedModel.TryPlan(builder);
        Assert.Null(plan);
        Diagnostic only = Assert.Single(bag.All);
        Assert.Equal("LR2VQ2010", only.Id);
        Assert.Contains("dimensions h of the inputs", only.Text, StringComparison.Ordinal);
        Assert.Contains("'look-up'", only.Text, StringComparison.Ordinal);
        Assert.Contains("Dimensions=\"h=64\"", only.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("data", only.Text, StringComparison.Ordinal);
        plan = PlannedModel.Plan(builder, ("h", 64));
        Assert.Equal("5", string.Join(",", plan.Outputs[0].Shape));
    }

    [Fact]
    public void A_branch_that_an_open_dimension_decides_names_it_and_the_remedy_works()
    {
        OnnxBuilder positive = new OnnxBuilder().Node("Squeeze", ["x", "axis"], ["t"]).Output("t"), negative = new OnnxBuilder().Node("Identity", ["x"], ["e"]).Output("e");
        OnnxBuilder builder = Length(false).Initializer("axis", HostTensor.Longs(1)).Initializer("one", HostTensor.Scalar(1L)).Node("Equal", ["hs", "one"], ["c"])
            .Node("If", ["c"], ["z"], ("then_branch", positive), ("else_branch", negative)).Node("Relu", ["z"], ["y"]).Output("y");
        (Plans.Plan? plan, DiagnosticBag bag) = PlannedModel.TryPlan(builder);
        Assert.Null(plan);
        Diagnostic only = Assert.Single(bag.All);
        Assert.Equal("LR2VQ2010", only.Id);
        Assert.Contains("its condition, which depends on the dimensions h", only.Text, StringComparison.Ordinal);
        Assert.Equal("2", string.Join(",", PlannedModel.Plan(builder, ("h", 1)).Outputs[0].Shape));
        Assert.Equal("2,5", string.Join(",", PlannedModel.Plan(builder, ("h", 5)).Outputs[0].Shape));
    }

    [Fact]
    public void Problems_of_the_branch_taken_are_reported_and_those_of_the_other_are_not()
    {
        OnnxBuilder good = new OnnxBuilder().Node("Neg", ["x"], ["t"]).Output("t"), bad = new OnnxBuilder().Node("TfIdfVectorizer", ["x"], ["e"]).Output("e");
        OnnxBuilder Model(bool condition) => new OnnxBuilder().Input("x", ElementType.Float32, 3).Initializer("c", HostTensor.Scalar(condition))
            .Node("If", ["c"], ["y"], ("then_branch", good), ("else_branch", bad)).Output("y");
        Assert.NotNull(PlannedModel.TryPlan(Model(true)).Plan);
        Assert.Equal("LR2VQ2001", Assert.Single(PlannedModel.TryPlan(Model(false)).Bag.All).Id);
    }

    [Fact]
    public void The_export_computes_the_same_shapes()
    {
        OnnxBuilder builder = Length(false).Input("b", ElementType.Float32, "m").Initializer("axis", HostTensor.Longs(0)).Initializer("ten", HostTensor.Longs(10)).Initializer("d", HostTensor.Longs(-3)).Initializer("scale", HostTensor.Of([1f, 0.7f], 2))
            .Node("Unsqueeze", ["hs", "axis"], ["h"]).Node("Sub", ["ten", "h"], ["s"]).Node("Div", ["s", "d"], ["q"]).Node("Add", ["q", "ten"], ["n"]).Node("ConstantOfShape", ["n"], ["y0"])
            .Node("Relu", ["x"], ["r"]).Node("Resize", ["r", "", "scale"], ["y1"], ("mode", "nearest")).Node("Add", ["r", "b"], ["y2"]).Output("y0").Output("y1").Output("y2");
        using ManagedChain chain = ManagedChain.Of(builder.Build());
        byte[] exported = chain.Export();
        foreach (int h in s_lengths)
            foreach (int m in new[] { 1, h })
            {
                (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(1, -1f, 1f, 2, h)), ("b", RandomTensor.Floats(2, -1f, 1f, m))];
                CheckedChain.Compare(Tolerance.OfLargest(1e-6), $"h = {h}", OrtOracle.Run(exported, inputs), chain.Run(inputs));
            }
    }

    /// <summary>x [2, h], and h as a vector of one element, or as the scalar hs.</summary>
    private static OnnxBuilder Length(bool vector = true) => new OnnxBuilder().Input("x", ElementType.Float32, 2, "h")
        .Initializer("at", vector ? HostTensor.Longs(1) : HostTensor.Scalar(1L)).Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "at"], [vector ? "h" : "hs"]);

    /// <summary>n is the length of a tensor.</summary>
    private static void CheckFill(OnnxBuilder builder, int[] lengths) =>
        Check(builder.Node("ConstantOfShape", ["n"], ["y"], ("value", HostTensor.Of([2f], 1))).Output("y").Output("n").Build(), h => [[2, h]], lengths);

    private static void Check(byte[] model, Func<int, int[][]> shapes, int[] lengths)
    {
        using CheckedChain both = new(model);
        foreach (int length in lengths)
            both.Check(Tolerance.OfLargest(1e-6), $"length {length}", [.. shapes(length).Select((shape, i) => (both.InputNames[i], RandomTensor.Floats(i + 1, -2f, 2f, shape)))]);
    }
}
