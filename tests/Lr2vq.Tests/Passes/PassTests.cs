using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Passes;

/// <summary>One small network for each rule; what it becomes is listed, what it computes is compared with ONNX Runtime.</summary>
public sealed class PassTests
{
    private static OnnxBuilder Picture(int channels = 3, int opset = 17) => new OnnxBuilder(opset).Input("x", ElementType.Float32, 1, channels, 8, 8);

    private static HostTensor Weights(int seed, params int[] shape) => RandomTensor.Floats(seed, -0.5f, 0.5f, shape);

    private static HostTensor Positive(int seed, int length) => RandomTensor.Floats(seed, 0.5f, 1.5f, length);

    private static OnnxBuilder BatchNorm(OnnxBuilder builder, string x, string y, int channels) => builder
        .Initializer(y + ".scale", Positive(11, channels)).Initializer(y + ".shift", Weights(12, channels))
        .Initializer(y + ".mean", Weights(13, channels)).Initializer(y + ".variance", Positive(14, channels))
        .Node("BatchNormalization", [x, y + ".scale", y + ".shift", y + ".mean", y + ".variance"], [y]);

    private static OnnxBuilder Conv(OnnxBuilder builder, string x, string y, int from, int to, int kernel = 3) => builder
        .Initializer(y + ".weight", Weights(from * 100 + to, to, from, kernel, kernel))
        .Node("Conv", [x, y + ".weight"], [y], ("pads", new long[] { kernel / 2, kernel / 2, kernel / 2, kernel / 2 }));

    private static HostTensor Number(float value) => HostTensor.Scalar(value);

    [Fact]
    public void BatchNormIsFoldedIntoConvolution()
    {
        Plans.Plan plan = PlannedModel.Check(BatchNorm(Conv(Picture(), "x", "c", 3, 20), "c", "y", 20).Output("y"), "Conv ToPlain");
        Assert.Equal(["c.weight", "y.shift"], plan.Weights.Select(weight => weight.Name));
        Assert.Equal([WeightRole.Conv, WeightRole.Bias], plan.Weights.Select(weight => weight.Role));
    }

    [Fact]
    public void BatchNormIsFoldedIntoTransposedConvolution() => PlannedModel.Check(BatchNorm(Picture(4)
        .Initializer("w", Weights(1, 4, 3, 2, 2)).Node("ConvTranspose", ["x", "w"], ["c"], ("strides", new long[] { 2, 2 }), ("group", 2L)), "c", "y", 6).Output("y"),
        "ToBlocked ConvTranspose ToPlain");

    [Fact]
    public void BatchNormIsFoldedIntoGemm() => PlannedModel.Check(BatchNorm(new OnnxBuilder().Input("x", ElementType.Float32, 5, 6)
        .Initializer("w", Weights(1, 6, 7)).Initializer("b", Weights(2, 7)).Node("Gemm", ["x", "w", "b"], ["c"]), "c", "y", 7).Output("y"), "Gemm");

    [Fact]
    public void BatchNormOfOneDimensionIsFolded() => PlannedModel.Check(BatchNorm(new OnnxBuilder().Input("x", ElementType.Float32, 2, 3, 9)
        .Initializer("w", Weights(1, 5, 3, 3)).Node("Conv", ["x", "w"], ["c"], ("pads", new long[] { 1, 1 })), "c", "n", 5).Node("Relu", ["n"], ["y"]).Output("y"),
        "Reshape Conv+relu ToPlain Reshape");

    [Fact]
    public void BatchNormAfterNoProductIsSpelledOut() =>
        PlannedModel.Check(BatchNorm(Picture(), "x", "n", 3).Node("Relu", ["n"], ["y"]).Output("y"), "Mul Add+relu");

    [Fact]
    public void ScaleLayerAfterBatchNormIsMerged() => PlannedModel.Check(BatchNorm(Picture(), "x", "n", 3)
        .Initializer("s", Weights(1, 3, 1, 1)).Initializer("t", Weights(2, 3, 1, 1)).Node("Mul", ["n", "s"], ["m"]).Node("Add", ["m", "t"], ["y"]).Output("y"), "Mul Add");

    [Fact]
    public void ChannelConstantsAreFoldedIntoConvolution() => PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4)
        .Initializer("s", Weights(1, 1, 4, 1, 1)).Initializer("t", Weights(2, 4, 1, 1)).Initializer("u", Positive(3, 1))
        .Node("Mul", ["c", "s"], ["m"]).Node("Sub", ["m", "t"], ["a"]).Node("Div", ["a", "u"], ["y"]).Output("y"), "Conv ToPlain");

    [Fact]
    public void ChannelConstantsAreFoldedIntoGemm() => PlannedModel.Check(new OnnxBuilder().Input("x", ElementType.Float32, 2, 5, 6)
        .Initializer("w", Weights(1, 6, 7)).Initializer("b", Weights(2, 7)).Initializer("s", Number(0.25f))
        .Node("MatMul", ["x", "w"], ["c"]).Node("Add", ["b", "c"], ["a"]).Node("Mul", ["a", "s"], ["y"]).Output("y"), "Gemm");

    [Fact]
    public void ActivationsAreFused()
    {
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Node("Relu", ["c"], ["y"]).Output("y"), "Conv+relu ToPlain");
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Node("HardSwish", ["c"], ["y"]).Output("y"), "Conv+hardswish ToPlain");
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Node("HardSwish", ["c"], ["h"]).Initializer("t", Number(0.25f)).Node("Add", ["t", "h"], ["y"]).Output("y"), "Conv+hardswishadd ToPlain");
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Node("HardSwish", ["c"], ["h"]).Initializer("t", Number(0.25f)).Node("Add", ["h", "t"], ["s"]).Node("Add", ["s", "h"], ["y"]).Output("y"), "Conv+hardswish Add Add ToPlain");
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Node("LeakyRelu", ["c"], ["y"], ("alpha", 0.3f)).Output("y"), "Conv+leakyrelu ToPlain");
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Node("HardSigmoid", ["c"], ["y"], ("alpha", 0.3f)).Output("y"), "Conv+hardsigmoid ToPlain");
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Node("Sigmoid", ["c"], ["s"]).Node("Mul", ["c", "s"], ["y"]).Output("y"), "Conv+silu ToPlain");
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Initializer("six", Number(6)).Initializer("zero", Number(0)).Node("Clip", ["c", "zero", "six"], ["y"]).Output("y"),
            "Conv+clip ToPlain");
        PlannedModel.Check(Conv(Picture(), "x", "c", 3, 4).Initializer("zero", Number(0)).Node("Clip", ["c", "zero"], ["y"]).Output("y"), "Conv+relu ToPlain");
    }

    [Fact]
    public void ActivationOfAValueWithTwoReadersIsNotFused() => PlannedModel.Check(
        Conv(Picture(), "x", "c", 3, 4).Node("Relu", ["c"], ["r"]).Node("Exp", ["c"], ["e"]).Node("Mul", ["r", "e"], ["y"]).Output("y"), "Conv Relu Exp Mul ToPlain");

    [Fact]
    public void ResidualSumIsFused()
    {
        OnnxBuilder builder = Conv(Conv(Picture(16), "x", "a", 16, 16).Node("Relu", ["a"], ["r"]), "r", "b", 16, 16);
        PlannedModel.Check(builder.Node("Add", ["x", "b"], ["s"]).Node("Relu", ["s"], ["y"]).Output("y"), "ToBlocked Conv+relu Conv+residual+relu ToPlain");
    }

    [Fact]
    public void ResidualOfTwoConvolutionsGoesToTheLaterOne()
    {
        OnnxBuilder builder = Conv(Conv(Picture(), "x", "a", 3, 8), "x", "b", 3, 8, 1);
        PlannedModel.Check(builder.Node("Add", ["b", "a"], ["y"]).Output("y"), "Conv Conv+residual ToPlain");
    }

    [Fact]
    public void NoOpsAreRemoved() => PlannedModel.Check(Picture()
        .Initializer("zero", Number(0)).Initializer("one", Number(1)).Initializer("pads", HostTensor.Longs(0, 0, 0, 0, 0, 0, 0, 0)).Initializer("shape", HostTensor.Longs(0, 0, -1, 8))
        .Initializer("scales", HostTensor.Of<float>([1, 1, 1, 1], 4)).Initializer("from", HostTensor.Longs(0)).Initializer("to", HostTensor.Longs(long.MaxValue)).Initializer("axis", HostTensor.Longs(2))
        .Node("Identity", ["x"], ["a"]).Node("Dropout", ["a"], ["b", "mask"]).Node("Cast", ["b"], ["c"], ("to", 1L)).Node("Pad", ["c", "pads"], ["d"])
        .Node("Reshape", ["d", "shape"], ["e"]).Node("Concat", ["e"], ["f"], ("axis", 1L)).Node("Slice", ["f", "from", "to", "axis"], ["g"]).Node("Resize", ["g", "", "scales"], ["h"])
        .Node("Add", ["h", "zero"], ["i"]).Node("Mul", ["one", "i"], ["j"]).Node("Transpose", ["j"], ["k"], ("perm", new long[] { 0, 2, 3, 1 }))
        .Node("Transpose", ["k"], ["l"], ("perm", new long[] { 0, 3, 1, 2 })).Node("Exp", ["l"], ["y"]).Output("y"), "Exp");

    [Fact]
    public void ReshapesAreMerged() => PlannedModel.Check(Picture().Initializer("s", HostTensor.Longs(3, 64)).Initializer("t", HostTensor.Longs(64, 1, 3))
        .Node("Reshape", ["x", "s"], ["a"]).Node("Reshape", ["a", "t"], ["b"]).Node("Transpose", ["b"], ["c"], ("perm", new long[] { 1, 0, 2 })).Node("Exp", ["c"], ["y"]).Output("y"), "Reshape Exp");

    [Fact]
    public void TransposesAreMerged() => PlannedModel.Check(Picture().Node("Transpose", ["x"], ["a"], ("perm", new long[] { 0, 2, 3, 1 }))
        .Node("Transpose", ["a"], ["y"], ("perm", new long[] { 0, 2, 1, 3 })).Output("y"), "Transpose");

    [Fact]
    public void EqualNodesAreMerged() => PlannedModel.Check(Picture().Node("Exp", ["x"], ["a"]).Node("Exp", ["x"], ["b"]).Node("Mul", ["a", "b"], ["y"]).Output("y"), "Exp Mul");

    [Fact]
    public void UnusedNodesAreRemoved() => PlannedModel.Check(Picture().Node("Exp", ["x"], ["y"]).Node("Log", ["x"], ["z"]).Output("y"), "Exp");

    [Fact]
    public void SpelledOutHardSwishIsRecognized()
    {
        OnnxBuilder Gate() => Picture().Initializer("three", Number(3)).Initializer("zero", Number(0)).Initializer("six", Number(6))
            .Node("Add", ["x", "three"], ["a"]).Node("Clip", ["a", "zero", "six"], ["c"]);
        PlannedModel.Check(Gate().Node("Mul", ["x", "c"], ["m"]).Node("Div", ["m", "six"], ["y"]).Output("y"), "HardSwish");
        PlannedModel.Check(Gate().Node("Div", ["c", "six"], ["d"]).Node("Mul", ["d", "x"], ["y"]).Output("y"), "HardSwish");
        PlannedModel.Check(Gate().Node("Div", ["c", "six"], ["y"]).Output("y"), "HardSigmoid");
        PlannedModel.Check(Picture().Node("HardSigmoid", ["x"], ["h"], ("alpha", 1f / 6)).Node("Mul", ["x", "h"], ["y"]).Output("y"), "HardSwish");
        PlannedModel.Check(Picture().Node("HardSigmoid", ["x"], ["h"], ("alpha", 0.2f)).Node("Mul", ["x", "h"], ["y"]).Output("y"), "HardSigmoid Mul");
    }

    [Fact]
    public void SpelledOutGeluIsRecognized()
    {
        OnnxBuilder Erf() => Picture().Initializer("root", Number(1.4142135f)).Initializer("one", Number(1)).Initializer("half", Number(0.5f))
            .Node("Div", ["x", "root"], ["d"]).Node("Erf", ["d"], ["e"]).Node("Add", ["e", "one"], ["a"]);
        PlannedModel.Check(Erf().Node("Mul", ["x", "a"], ["m"]).Node("Mul", ["m", "half"], ["y"]).Output("y"), "Gelu");
        PlannedModel.Check(Erf().Node("Mul", ["x", "half"], ["m"]).Node("Mul", ["m", "a"], ["y"]).Output("y"), "Gelu");
        Plans.Plan plan = PlannedModel.Check(Picture().Initializer("three", Number(3)).Initializer("k", Number(0.044715f)).Initializer("r", Number(0.7978846f))
            .Initializer("one", Number(1)).Initializer("half", Number(0.5f)).Node("Pow", ["x", "three"], ["p"]).Node("Mul", ["p", "k"], ["q"]).Node("Add", ["x", "q"], ["s"])
            .Node("Mul", ["s", "r"], ["t"]).Node("Tanh", ["t"], ["u"]).Node("Add", ["one", "u"], ["v"]).Node("Mul", ["x", "v"], ["w"]).Node("Mul", ["w", "half"], ["y"]).Output("y"), "Gelu");
        Assert.Equal("tanh", plan.Steps[0].Attributes.Find("approximate"));
    }

    [Fact]
    public void SpelledOutLayerNormalizationIsRecognized()
    {
        Plans.Plan plan = PlannedModel.Check(new OnnxBuilder().Input("x", ElementType.Float32, 2, 5, 8)
            .Initializer("two", Number(2)).Initializer("e", Number(1e-5f)).Initializer("g", Positive(1, 8)).Initializer("b", Weights(2, 8))
            .Node("ReduceMean", ["x"], ["m"], ("axes", new long[] { -1 })).Node("Sub", ["x", "m"], ["c"]).Node("Sub", ["x", "m"], ["c2"]).Node("Pow", ["c2", "two"], ["p"])
            .Node("ReduceMean", ["p"], ["v"], ("axes", new long[] { -1 })).Node("Add", ["v", "e"], ["a"]).Node("Sqrt", ["a"], ["r"]).Node("Div", ["c", "r"], ["n"])
            .Node("Mul", ["n", "g"], ["s"]).Node("Add", ["s", "b"], ["y"]).Output("y"), "LayerNormalization");
        Assert.Equal(["g", "b"], plan.Weights.Select(weight => weight.Name));
        Assert.Equal(1e-5f, plan.Steps[0].Attributes.Float("epsilon", 0));
    }

    [Fact]
    public void MeanOverPicturesIsGlobalAveragePool()
    {
        PlannedModel.Check(Picture().Node("ReduceMean", ["x"], ["y"], ("axes", new long[] { 2, 3 }), ("keepdims", 0L)).Output("y"), "ToBlocked GlobalAveragePool ToPlain Reshape");
        PlannedModel.Check(Picture().Node("AveragePool", ["x"], ["y"], ("kernel_shape", new long[] { 8, 8 })).Output("y"), "ToBlocked GlobalAveragePool ToPlain");
    }

    [Fact]
    public void ScalarsInFrontOfProductsAreFolded()
    {
        OnnxBuilder Affine() => Conv(Picture(), "x", "c", 3, 4).Initializer("s", Number(0.7f)).Initializer("t", Number(0.3f)).Node("Relu", ["c"], ["r"])
            .Node("Mul", ["r", "s"], ["m"]).Node("Add", ["m", "t"], ["a"]);
        PlannedModel.Check(Conv(Affine(), "a", "y", 4, 5, 1).Output("y"), "Conv+relu Conv ToPlain");
        PlannedModel.Check(Conv(Affine(), "a", "y", 4, 5).Output("y"), "Conv+relu Add Conv ToPlain");
        PlannedModel.Check(Affine().Initializer("w", Weights(5, 8, 6)).Node("MatMul", ["a", "w"], ["y"]).Output("y"), "Conv+relu ToPlain Gemm");
    }

    [Fact]
    public void TranspositionsAndFactorsGoIntoMatMul()
    {
        Plans.Plan plan = PlannedModel.Check(new OnnxBuilder().Input("a", ElementType.Float32, 2, 3, 4).Input("b", ElementType.Float32, 2, 5, 4).Initializer("s", Number(0.25f))
            .Node("Mul", ["a", "s"], ["as"]).Node("Transpose", ["b"], ["bt"], ("perm", new long[] { 0, 2, 1 })).Node("MatMul", ["as", "bt"], ["m"]).Node("Mul", ["m", "s"], ["y"]).Output("y"), "MatMul");
        Assert.Equal(0.0625f, plan.Steps[0].Attributes.Float("alpha", 1));
        Assert.True(plan.Steps[0].Attributes.Flag("transB"));
    }

    [Fact]
    public void ProductsAroundASoftmaxAreAnAttention()
    {
        OnnxBuilder Inputs() => new OnnxBuilder().Input("q", ElementType.Float32, 2, 3, 5, 8).Input("k", ElementType.Float32, 2, 3, 6, 8).Input("v", ElementType.Float32, 2, 3, 6, 7)
            .Input("mask", ElementType.Float32, 2, 1, 1, 6).Initializer("s", Number(0.25f)).Initializer("r", Number(4f)).Node("Transpose", ["k"], ["t"], ("perm", new long[] { 0, 1, 3, 2 }));
        OnnxBuilder End(OnnxBuilder builder, string scores, long axis = -1) => builder.Node("Softmax", [scores], ["p"], ("axis", axis)).Node("MatMul", ["p", "v"], ["y"]).Output("y");
        OnnxBuilder Scores() => Inputs().Node("MatMul", ["q", "t"], ["m"]);
        Plans.Plan plan = PlannedModel.Check(End(Scores().Node("Mul", ["m", "s"], ["z"]), "z"), "Attention");
        Assert.Equal(0.25f, plan.Steps[0].Attributes.Float("scale", 1f));
        Assert.True(plan.Steps[0].Attributes.Flag("transB"));
        PlannedModel.Check(End(Scores().Node("Div", ["m", "r"], ["z"]).Node("Add", ["z", "mask"], ["a"]), "a"), "Attention");
        PlannedModel.Check(End(Inputs().Node("Mul", ["q", "s"], ["qs"]).Node("MatMul", ["qs", "t"], ["m"]).Node("Add", ["mask", "m"], ["a"]), "a"), "Attention");
        // What another step reads too, or what is no softmax along keys, stays.
        PlannedModel.Check(End(Scores(), "m").Output("p"), "MatMul Softmax MatMul");
        PlannedModel.Check(End(Scores(), "m", axis: 2), "MatMul Softmax MatMul");
    }

    [Fact]
    public void VariadicOperatorsBecomePairs() => PlannedModel.Check(Picture().Node("Exp", ["x"], ["a"]).Node("Neg", ["x"], ["b"]).Node("Sum", ["x", "a", "b"], ["s"])
        .Node("Mean", ["s", "a"], ["y"]).Output("y"), "Exp Neg Add Add Add Mul");

    [Fact]
    public void PlanDoesNotDependOnWeights()
    {
        OnnxBuilder Model(int seed) => Picture().Initializer("w", Weights(seed, 4, 3, 3, 3)).Node("Conv", ["x", "w"], ["y"]).Output("y");
        Plans.Plan one = PlannedModel.Plan(Model(1)), other = PlannedModel.Plan(Model(2));
        Assert.Equal(PlanText.Write(one), PlanText.Write(other));
        Assert.Equal(64, one.StructureHash.Length);
        Plans.Plan third = PlannedModel.Plan(Picture().Initializer("w", Weights(1, 5, 3, 3, 3)).Node("Conv", ["x", "w"], ["y"]).Output("y"));
        Assert.NotEqual(one.StructureHash, third.StructureHash);
    }

    [Fact]
    public void SharedWeightIsStoredOnce()
    {
        Plans.Plan plan = PlannedModel.Check(new OnnxBuilder().Input("i", ElementType.Int64, 3).Input("x", ElementType.Float32, 2, 6).Initializer("w", Weights(1, 5, 6))
            .Node("Gather", ["w", "i"], ["a"]).Node("Gemm", ["x", "w"], ["b"], ("transB", 1L)).Output("a").Output("b"), "Gather Gemm");
        Assert.Equal(WeightRole.Gemm, Assert.Single(plan.Weights).Role);
    }

    [Fact]
    public void ExpandInFrontOfElementWiseStepsGoes()
    {
        OnnxBuilder Expanded(OnnxBuilder builder, string x) => builder.Initializer("full", HostTensor.Longs(1, 4, 8, 8)).Node("Expand", [x, "full"], ["e"]);
        Plans.Plan plan = PlannedModel.Check(Expanded(Picture(4).Initializer("s", Weights(1, 4, 1, 1)), "s").Node("PRelu", ["x", "e"], ["y"]).Output("y"), "PRelu");
        Assert.Equal([4, 1, 1], Assert.Single(plan.Weights).Shape);
        PlannedModel.Check(Expanded(Picture(4).Input("z", ElementType.Float32, 1, 1, 8), "z").Node("Mul", ["x", "e"], ["y"]).Output("y"), "Mul");
        PlannedModel.Check(Picture(4).Initializer("s", Weights(1, 1, 4, 1, 1)).Initializer("times", HostTensor.Longs(1, 1, 8, 8)).Node("Tile", ["s", "times"], ["t"])
            .Node("Exp", ["x"], ["z"]).Node("Add", ["t", "z"], ["y"]).Output("y"), "Exp Add");
        PlannedModel.Check(Picture(4).Initializer("shape", HostTensor.Longs(1, 4, 8, 8)).Node("ConstantOfShape", ["shape"], ["c"], ("value", HostTensor.Of([2f], 1)))
            .Node("Pow", ["c", "x"], ["y"]).Output("y"), "Pow");
        // Of constants that are repeated, what is computed is repeated.
        plan = PlannedModel.Check(Expanded(Picture(4).Initializer("s", Weights(1, 4, 1, 1)), "s").Initializer("k", Weights(2, 1, 8)).Node("Mul", ["e", "k"], ["m"])
            .Node("Sub", ["x", "m"], ["y"]).Output("y"), "Sub");
        Assert.Equal([4, 1, 8], Assert.Single(plan.Weights).Shape);
        // Here the result has its length from the Expand alone.
        PlannedModel.Check(Expanded(new OnnxBuilder().Input("x", ElementType.Float32, 1, 1, 8, 8).Input("z", ElementType.Float32, 1), "z").Node("Add", ["x", "e"], ["y"]).Output("y"),
            "Expand Add");
    }

    [Fact]
    public void ConstantsThatWouldGrowStaySteps()
    {
        Plans.Plan plan = PlannedModel.Check(new OnnxBuilder().Input("x", ElementType.Float32, 3, 64).Initializer("a", Weights(1, 64, 1)).Initializer("b", Weights(2, 1, 64))
            .Node("Mul", ["a", "b"], ["m"]).Node("Sin", ["m"], ["s"]).Node("Concat", ["x", "s"], ["y"], ("axis", 0L)).Output("y"), "Mul Sin Concat");
        Assert.Equal(["a", "b"], plan.Weights.Select(weight => weight.Name));
        // Beside what the model itself stores, a small one does not matter, and is computed once.
        PlannedModel.Check(new OnnxBuilder().Input("x", ElementType.Float32, 3, 64).Initializer("a", Weights(1, 8, 1)).Initializer("b", Weights(2, 1, 64))
            .Initializer("w", Weights(3, 64, 1000)).Node("Mul", ["a", "b"], ["m"]).Node("Sin", ["m"], ["s"]).Node("Concat", ["x", "s"], ["z"], ("axis", 0L))
            .Node("MatMul", ["z", "w"], ["y"]).Output("y"), "Concat Gemm");
    }

    [Fact]
    public void NormsThatShareAConvolutionDoNotCopyIt()
    {
        OnnxBuilder builder = BatchNorm(Conv(Picture(16), "x", "c", 16, 16), "c", "n", 16).Node("Conv", ["n", "c.weight"], ["d"], ("pads", new long[] { 1, 1, 1, 1 }));
        builder = BatchNorm(builder, "d", "y", 16).Output("y");
        Plans.Plan plan = PlannedModel.Plan(builder);
        Assert.Single(plan.Weights, weight => weight.Role == WeightRole.Conv);
        PlannedModel.AssertAgrees(builder, plan);
    }
}
