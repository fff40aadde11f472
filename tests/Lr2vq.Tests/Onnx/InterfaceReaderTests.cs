using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Onnx;

public sealed class InterfaceReaderTests
{
    [Fact]
    public void TheInterfaceIsWritten()
    {
        using OnnxCase file = new(new OnnxBuilder(13).Input("in put", ElementType.Float32, "batch size", 3, null, "batch size").Input("w", ElementType.Float32, 1)
            .Input("mask", ElementType.Bool, 2).Initializer("w", HostTensor.Of<float>([1], 1))
            .Node("Relu", ["in put"], ["out"]).Output("out", ElementType.Float32, "batch size", 10).Output("mask"));
        Plans.Plan plan = Read(file.ModelPath).ToPlan();
        Assert.Equal("""
            lr2vq-interface 1
            model "test" opset 13
            symbol batch_size "batch size"
            symbol d0 ""
            input v0 "in put" f32 [batch_size,3,d0,batch_size]
            input v1 "mask" bool [2]
            output v2 "out" f32 [batch_size,10]
            output v3 "mask" f32 []

            """, PlanText.WriteInterface(new PlanInterface(plan, [])));
    }

    [Fact]
    public void DimensionsCanBeFixed()
    {
        using OnnxCase file = new(new OnnxBuilder(13).Input("x", ElementType.Float32, "N", "H").Node("Relu", ["x"], ["y"]).Output("y", ElementType.Float32, "N", "H"));
        Plans.Plan plan = Read(file.ModelPath).ToPlan(new Dictionary<string, long> { ["N"] = 1 });
        Assert.Equal("1,H", string.Join(",", plan.Inputs[0].Shape));
        Assert.Equal("1,H", string.Join(",", plan.Outputs[0].Shape));
        Assert.Equal(["H"], System.Linq.Enumerable.Select(plan.Symbols, s => s.Identifier));
    }

    [Fact]
    public void TheHeaderOfALargeModelIsReadInMilliseconds()
    {
        string path = TestData.Model("resnet50.onnx");
        Assert.InRange(new FileInfo(path).Length, 100_000_000, 110_000_000);
        Read(path);
        long best = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            ModelInterface model = Read(path);
            best = System.Math.Min(best, (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            Assert.Single(model.Inputs);
        }
        Assert.InRange(best, 0, 10_000);
    }

    private static ModelInterface Read(string path)
    {
        var bag = new DiagnosticBag();
        ModelInterface? model = InterfaceReader.Read(path, bag);
        Assert.Empty(bag.All);
        return model!;
    }
}
