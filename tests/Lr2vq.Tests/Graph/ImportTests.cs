using System;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Graph;

/// <summary>Shapes as expressions, folding of what computes shapes, and what is refused.</summary>
public sealed class ImportTests
{
    private static OnnxBuilder Dynamic(int opset = 17) => new OnnxBuilder(opset).Input("x", ElementType.Float32, "batch", 3, "H", "W");

    private static string Output(Plans.Plan plan) => string.Join(",", plan.Outputs[0].Shape);

    private static string Refused(OnnxBuilder builder, string id)
    {
        (Plans.Plan? plan, DiagnosticBag bag) = PlannedModel.TryPlan(builder);
        Assert.Null(plan);
        Assert.Contains(bag.All, d => d.Id == id);
        return string.Join("\n", bag.All.Select(d => d.Text));
    }

    [Fact]
    public void ShapeSubgraphBecomesOneReshape()
    {
        // What PyTorch writes for x.view(x.size(0), -1, x.size(3)): Shape, Gather, Unsqueeze, Concat.
        OnnxBuilder builder = Dynamic(13).Initializer("zero", HostTensor.Scalar(0L)).Initializer("three", HostTensor.Scalar(3L)).Initializer("axes", HostTensor.Longs(0)).Initializer("minus", HostTensor.Longs(-1))
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "zero"], ["n"]).Node("Gather", ["s", "three"], ["w"]).Node("Unsqueeze", ["n", "axes"], ["nu"])
            .Node("Unsqueeze", ["w", "axes"], ["wu"]).Node("Concat", ["nu", "minus", "wu"], ["t"], ("axis", 0L)).Node("Reshape", ["x", "t"], ["r"]).Node("Relu", ["r"], ["y"]).Output("y");
        Plans.Plan plan = PlannedModel.Check(builder, "Reshape Relu", [2, 3, 4, 5]);
        Assert.Equal("batch,3*H,W", Output(plan));
        Assert.Equal(["batch", "H", "W"], plan.Symbols.Select(s => s.Identifier));
    }

    [Fact]
    public void SizesComputedInFloatsAreFollowed()
    {
        // Upsampling by 1.5 as exporters of opset 9 wrote it: Shape, Cast, Mul, Floor, Cast, Concat.
        OnnxBuilder builder = Dynamic(11).Initializer("half", HostTensor.Of<float>([1.5f, 1.5f], 2)).Initializer("from", HostTensor.Longs(2)).Initializer("to", HostTensor.Longs(4)).Initializer("zero", HostTensor.Longs(0))
            .Initializer("none", HostTensor.Of<float>([], 0))
            .Node("Shape", ["x"], ["s"]).Node("Slice", ["s", "from", "to", "zero"], ["hw"]).Node("Cast", ["hw"], ["f"], ("to", 1L)).Node("Mul", ["f", "half"], ["m"]).Node("Floor", ["m"], ["fl"])
            .Node("Cast", ["fl"], ["i"], ("to", 7L)).Node("Slice", ["s", "zero", "from", "zero"], ["nc"]).Node("Concat", ["nc", "i"], ["t"], ("axis", 0L))
            .Node("Resize", ["x", "none", "none", "t"], ["y"], ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")).Output("y");
        Plans.Plan plan = PlannedModel.Check(builder, "Resize", [1, 3, 5, 6]);
        Assert.Equal("batch,3,H+H/2,W+W/2", Output(plan));
    }

    [Fact]
    public void NumbersOfAShapeThatAStepNeedsAreMaterialized()
    {
        OnnxBuilder builder = Dynamic().Node("Shape", ["x"], ["s"]).Node("Cast", ["s"], ["f"], ("to", 1L)).Node("ReduceProd", ["f"], ["p"], ("keepdims", 0L)).Node("Div", ["x", "p"], ["y"]).Output("y");
        Plans.Plan plan = PlannedModel.Plan(builder);
        Assert.Contains(plan.Steps, step => step.Operator == "DimensionValues");
        PlannedModel.AssertAgrees(builder, plan, [2, 3, 4, 5]);
    }

    [Fact]
    public void ShapesOfConvolutionsAndPoolings()
    {
        OnnxBuilder builder = Dynamic().Initializer("w", RandomTensor.Floats(1, 8, 3, 3, 3)).Node("Conv", ["x", "w"], ["c"], ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }))
            .Node("MaxPool", ["c"], ["y"], ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("ceil_mode", 1L)).Output("y");
        Plans.Plan plan = PlannedModel.Check(builder, "Conv MaxPool ToPlain", [1, 3, 21, 18]);
        // ((H+1)/2 − 3 + 1)/2 + 1, rounded up where the pool is.
        Assert.Equal("batch,8,(H+1)/4,(W+1)/4", Output(plan));
    }

    [Theory]
    [InlineData("SAME_UPPER"), InlineData("SAME_LOWER")]
    public void SamePaddingOfSymbolicLengths(string autoPad)
    {
        OnnxBuilder builder = Dynamic().Initializer("w", RandomTensor.Floats(1, 8, 3, 3, 3)).Node("Conv", ["x", "w"], ["y"], ("strides", new long[] { 2, 2 }), ("auto_pad", autoPad)).Output("y");
        Plans.Plan plan = PlannedModel.Plan(builder);
        Assert.Equal("batch,8,(H+1)/2,(W+1)/2", Output(plan));
        PlannedModel.AssertAgrees(builder, plan, [1, 3, 9, 8]);
        PlannedModel.AssertAgrees(builder, plan, [1, 3, 8, 9]);
    }

    [Fact]
    public void SliceBoundsFollowTheLength()
    {
        OnnxBuilder builder = Dynamic().Initializer("from", HostTensor.Longs(1, -5)).Initializer("to", HostTensor.Longs(-1, int.MaxValue)).Initializer("axes", HostTensor.Longs(2, 3))
            .Initializer("steps", HostTensor.Longs(2, 1)).Node("Slice", ["x", "from", "to", "axes", "steps"], ["y"]).Output("y");
        Plans.Plan plan = PlannedModel.Plan(builder);
        PlannedModel.AssertAgrees(builder, plan, [1, 3, 9, 8]);
        PlannedModel.AssertAgrees(builder, plan, [1, 3, 8, 3]);
    }

    [Fact]
    public void DimensionsCanBeFixed()
    {
        Plans.Plan plan = PlannedModel.Plan(Dynamic().Node("Relu", ["x"], ["y"]).Output("y"), ("H", 32), ("batch", 1));
        Assert.Equal("1,3,32,W", Output(plan));
        Assert.Equal(["W"], plan.Symbols.Select(s => s.Name));
        (_, DiagnosticBag bag) = PlannedModel.TryPlan(Dynamic().Node("Relu", ["x"], ["y"]).Output("y"), ("height", 32));
        Assert.Equal("LR2VQ2008", Assert.Single(bag.All).Id);
    }

    [Fact]
    public void ChannelsThatOnlyTheWeightTellsAreKnown()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, null, null, null, null).Initializer("w", RandomTensor.Floats(1, 8, 3, 1, 1)).Node("Conv", ["x", "w"], ["y"]).Output("y");
        Plans.Plan plan = PlannedModel.Plan(builder);
        Assert.Equal("d0,3,d2,d3", string.Join(",", plan.Inputs[0].Shape));
        PlannedModel.AssertAgrees(builder, plan, [2, 3, 4, 5]);
    }

    [Fact]
    public void ConstantsOfShapeAndTheirArithmeticFold()
    {
        OnnxBuilder builder = new OnnxBuilder(9).Input("x", ElementType.Float32, 1, 4, 6, 6).Initializer("shape", HostTensor.Longs(4)).Node("ConstantOfShape", ["shape"], ["a"], ("value", HostTensor.Of<float>([2f], 1)))
            .Node("Unsqueeze", ["a"], ["b"], ("axes", new long[] { 1, 2 })).Node("Exp", ["b"], ["c"]).Node("Mul", ["x", "c"], ["m"]).Node("Relu", ["m"], ["y"]).Output("y");
        PlannedModel.Check(builder, "Mul Relu");
    }

    [Fact]
    public void OtherFloatsAreComputedAsF32()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float16, 2, 3).Initializer("w", HostTensor.Of<Half>([(Half)1.5f, (Half)2f, (Half)(-1f)], 3)).Node("Mul", ["x", "w"], ["m"])
            .Node("Relu", ["m"], ["y"]).Output("y", ElementType.Float16, 2, 3);
        Plans.Plan plan = PlannedModel.Plan(builder);
        Assert.Equal("Cast Mul Relu Cast", PlannedModel.Operators(plan));
        Assert.Equal(ElementType.Float16, plan.Inputs[0].Type);
        Assert.Equal(ElementType.Float16, plan.Outputs[0].Type);
        Assert.Equal(ElementType.Float32, plan.Weights[0].Type);
        HostTensor x = HostTensor.Of<Half>([(Half)1f, (Half)2f, (Half)3f, (Half)(-1f), (Half)0.5f, (Half)(-7f)], 2, 3);
        HostTensor y = ManagedChain.Run(builder.Build(), ("x", x))[0];
        Assert.Equal(HostTensor.Of<Half>([(Half)1.5f, (Half)4f, (Half)0f, (Half)0f, (Half)1f, (Half)7f], 2, 3).Bytes, y.Bytes);
    }

    [Fact]
    public void InputsAndConstantsCanBeOutputs()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 2, 3).Initializer("w", RandomTensor.Floats(1, 2)).Node("Identity", ["x"], ["y"]).Node("Identity", ["w"], ["z"])
            .Node("Relu", ["x"], ["r"]).Output("y").Output("z").Output("r").Output("r2").Node("Identity", ["r"], ["r2"]);
        Plans.Plan plan = PlannedModel.Plan(builder);
        PlannedModel.AssertAgrees(builder, plan);
    }

    [Fact]
    public void UnsupportedOperatorsAreReportedTogether()
    {
        string text = Refused(Dynamic().Opset("com.example", 1).Node("TfIdfVectorizer", ["x"], ["a"]).Node("Fancy", ["x"], ["b"], "mine", "com.example").Node("TfIdfVectorizer", ["x"], ["c"]).Node("Relu", ["x"], ["y"]).Output("y"), "LR2VQ2001");
        Assert.Contains("TfIdfVectorizer_0, TfIdfVectorizer_2", text, StringComparison.Ordinal);
        Assert.Contains("'com.example'", text, StringComparison.Ordinal);
    }

    [Fact]
    public void AllBadNodesAreReportedTogether()
    {
        string text = Refused(Dynamic().Initializer("w", RandomTensor.Floats(1, 8, 4, 3, 3)).Node("Conv", ["x", "w"], ["a"], "first", "").Node("Relu", ["a"], ["r"])
            .Node("Transpose", ["x"], ["b"], "second", "", ("perm", new long[] { 0, 1 })).Output("r").Output("b"), "LR2VQ2002");
        Assert.Contains("'first' (Conv)", text, StringComparison.Ordinal);
        Assert.Contains("'second' (Transpose)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Relu", text, StringComparison.Ordinal);
    }

    [Fact]
    public void ShapesThatDependOnDataAreRefused() => Refused(Dynamic().Input("s", ElementType.Int64, 2).Node("Reshape", ["x", "s"], ["y"]).Output("y"), "LR2VQ2004");

    [Fact]
    public void ReadOptionalOutputsAreRefusedAndUnreadOnesAreNot()
    {
        PlannedModel.Check(new OnnxBuilder().Input("x", ElementType.Float32, 2, 3).Node("Dropout", ["x"], ["d", "mask"]).Node("Exp", ["d"], ["y"]).Output("y"), "Exp");
        Assert.Contains("output 1 is used", Refused(new OnnxBuilder(9).Input("x", ElementType.Float32, 2, 3).Node("Dropout", ["x"], ["d", "mask"]).Node("Exp", ["mask"], ["y"]).Output("y"), "LR2VQ2003"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Add"), InlineData("Concat")]
    public void LengthsThatMustBeEqualAreComparedWhenTheNetworkRuns(string join)
    {
        // Half the size and back: equal to the input for even lengths only.
        OnnxBuilder builder = Dynamic().Initializer("scales", HostTensor.Of<float>([1, 1, 2, 2], 4)).Node("MaxPool", ["x"], ["p"], ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
            .Node("Resize", ["p", "", "scales"], ["u"], ("mode", "nearest"));
        builder = join == "Add" ? builder.Node("Add", ["u", "x"], ["y"]).Output("y") : builder.Node("Concat", ["u", "x"], ["y"], ("axis", 1L)).Output("y");
        PlannedModel.AssertAgrees(builder, PlannedModel.Plan(builder), [1, 3, 8, 6]);
        Assert.Throws<ArgumentException>(() => ManagedChain.Run(builder.Build(), ("x", RandomTensor.Floats(1, 1, 3, 9, 6))));
    }

    [Fact]
    public void ArithmeticOfBoolsIsRefused() => Refused(new OnnxBuilder().Input("x", ElementType.Bool, 2).Node("Add", ["x", "x"], ["y"]).Output("y"), "LR2VQ2005");
}
