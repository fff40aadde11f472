using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Kernels;
using Lr2vq.Tests.Operators;
using Xunit;

namespace Lr2vq.Tests.Threads;

/// <summary>Operators that divide their loops with <see cref="Ranges"/>: two and three threads compute the same bits as one.</summary>
[Collection(Alone.Name)]
public sealed class ThreadedOperatorTests
{
    private static readonly Random s_random = new(41);

    private static TestTensor Tensor(TensorLayout layout, params int[] shape) => TestTensor.Random(s_random, shape, layout);

    private static void Same<TOperator>(string attributes, int[] outputShape, TensorLayout layout, params TestTensor[] inputs)
        where TOperator : Operator, IOperator<TOperator>
    {
        using Alone.Limited limit = Alone.Limit(8);
        float[] expected = OperatorBench.Run<TOperator>(attributes, outputShape, layout, inputs);
        foreach (int threads in new[] { 2, 3 })
        {
            using var team = new ThreadTeam(threads);
            Assert.Equal(expected, OperatorBench.Run<TOperator>(team, attributes, outputShape, layout, inputs));
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Unary(bool blocked)
    {
        TensorLayout layout = blocked ? TensorLayout.Blocked : TensorLayout.Plain;
        int[] shape = [2, 37, 41, 43];
        Same<Sigmoid>("", shape, layout, Tensor(layout, shape));
        Same<HardSwish>("", shape, layout, Tensor(layout, shape));
        Same<Sinh>("", shape, layout, Tensor(layout, shape));
    }

    [Fact]
    public void Binary()
    {
        int[] shape = [3, 35, 40, 41];
        foreach (TensorLayout layout in new[] { TensorLayout.Plain, TensorLayout.Blocked })
        {
            Same<Add>("act=relu", shape, layout, Tensor(layout, shape), Tensor(layout, shape));
            Same<Mul>("", shape, layout, Tensor(layout, shape), Tensor(layout, 3, 35, 1, 1));
            Same<Sub>("", shape, layout, Tensor(layout, 1, 35, 40, 41), Tensor(layout, shape));
            Same<Div>("", shape, layout, Tensor(layout, shape), Tensor(TensorLayout.Plain, 1));
        }
        Same<Sub>("", [97, 1003], TensorLayout.Plain, Tensor(TensorLayout.Plain, 1), Tensor(TensorLayout.Plain, 97, 1003));
        Same<Add>("", [5, 7, 1001, 13], TensorLayout.Plain, Tensor(TensorLayout.Plain, 5, 1, 1001, 1), Tensor(TensorLayout.Plain, 7, 1, 13));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Pools(bool blocked)
    {
        TensorLayout layout = blocked ? TensorLayout.Blocked : TensorLayout.Plain;
        TestTensor x = Tensor(layout, 2, 36, 45, 46);
        Same<MaxPool>("kernel_shape=3,3 strides=2,2 pads=1,1,1,1", [2, 36, 23, 23], layout, x);
        Same<AveragePool>("kernel_shape=3,2 strides=1,2 pads=1,0,1,0", [2, 36, 45, 23], layout, x);
        Same<GlobalAveragePool>("", [2, 36, 1, 1], layout, x);
        Same<GlobalMaxPool>("", [2, 36, 1, 1], layout, x);
    }

    [Fact]
    public void Layouts()
    {
        int[] shape = [2, 53, 37, 41];
        Same<ToBlocked>("", shape, TensorLayout.Blocked, Tensor(TensorLayout.Plain, shape));
        Same<ToPlain>("", shape, TensorLayout.Plain, Tensor(TensorLayout.Blocked, shape));
    }

    [Fact]
    public void TransposedConvolutions()
    {
        TestTensor x = Tensor(TensorLayout.Blocked, 1, 24, 33, 35);
        foreach (TensorLayout to in new[] { TensorLayout.Plain, TensorLayout.Blocked })
        {
            Same<ConvTranspose>("strides=2,2 act=sigmoid", [1, 2, 66, 70], to, x, Tensor(TensorLayout.Plain, 24, 2, 2, 2).AsWeight(WeightRole.ConvTranspose), Tensor(TensorLayout.Plain, 2));
            Same<ConvTranspose>("strides=2,3 pads=1,1,1,1 act=relu", [1, 40, 66, 103], to, x, Tensor(TensorLayout.Plain, 24, 40, 4, 3).AsWeight(WeightRole.ConvTranspose), Tensor(TensorLayout.Plain, 40));
        }
    }

    /// <summary>Tensors of any types, plain.</summary>
    private static void Same(string op, string attributes, HostTensor[] inputs, params (ElementType Type, int[] Shape)[] outputs)
    {
        using Alone.Limited limit = Alone.Limit(8);
        HostTensor[] shapes = [.. outputs.Select(o => new HostTensor(o.Type, o.Shape, new byte[o.Shape.Aggregate(Plans.ElementTypes.ByteLength(o.Type), (a, b) => a * b)]))];
        HostTensor[] Run(ThreadTeam? team)
        {
            var read = new StepAttributes(attributes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => KeyValuePair.Create(pair[..pair.IndexOf('=')], pair[(pair.IndexOf('=') + 1)..])));
            return OperatorHarness.Run(OperatorTable.Read(op, read)!, inputs, shapes, team: team);
        }
        HostTensor[] expected = Run(null);
        foreach (int threads in new[] { 2, 3 })
        {
            using var team = new ThreadTeam(threads);
            HostTensor[] actual = Run(team);
            for (int i = 0; i < expected.Length; i++) Assert.True(expected[i].Bytes.AsSpan().SequenceEqual(actual[i].Bytes), $"{op} {attributes}, output {i}, {threads} threads");
        }
    }

    private static HostTensor Floats(params int[] shape) => RandomTensor.Floats(5, shape);

    [Fact]
    public void Normalisations()
    {
        foreach (int axis in new[] { 0, 1, 2 })
        {
            Same("Softmax", $"axis={axis}", [Floats(37, 41, 53)], (ElementType.Float32, [37, 41, 53]));
            Same("LogSoftmax", $"axis={axis}", [Floats(37, 41, 53)], (ElementType.Float32, [37, 41, 53]));
        }
        Same("LayerNormalization", "axis=1", [Floats(197, 333), Floats(333), Floats(1)], (ElementType.Float32, [197, 333]));
        Same("RMSNormalization", "axis=1", [Floats(197, 333), Floats(333)], (ElementType.Float32, [197, 333]));
        Same("InstanceNormalization", "", [Floats(2, 33, 29, 31), Floats(33), Floats(33)], (ElementType.Float32, [2, 33, 29, 31]));
        Same("GroupNormalization", "num_groups=11", [Floats(2, 33, 29, 31), Floats(33), Floats(33)], (ElementType.Float32, [2, 33, 29, 31]));
    }

    [Fact]
    public void Reductions()
    {
        foreach (string op in new[] { "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp" })
        {
            Same(op, "axes=2", [Floats(61, 83, 53)], (ElementType.Float32, [61, 83, 1]));
            Same(op, "axes=1", [Floats(61, 83, 53)], (ElementType.Float32, [61, 1, 53]));
            Same(op, "axes=0", [Floats(1103, 293)], (ElementType.Float32, [1, 293]));
            Same(op, "axes=0,2", [Floats(61, 83, 53)], (ElementType.Float32, [1, 83, 1]));
            Same(op, "axes=0,2", [Floats(61, 11, 13, 53)], (ElementType.Float32, [1, 11, 1, 53]));
        }
        Same("ReduceSum", "axes=1", [RandomTensor.Longs(5, -9, 9, 941, 353)], (ElementType.Int64, [941, 1]));
        foreach (int axis in new[] { 0, 1 })
        {
            int[] reduced = axis == 0 ? [1, 357] : [643, 1];
            Same("ArgMax", $"axis={axis}", [Floats(643, 357)], (ElementType.Int64, reduced));
            Same("ArgMin", $"axis={axis} select_last_index=1", [Floats(643, 357)], (ElementType.Int64, reduced));
            Same("CumSum", $"axis={axis}", [Floats(343, 557)], (ElementType.Float32, [343, 557]));
            Same("CumSum", $"axis={axis} reverse=1 exclusive=1", [RandomTensor.Longs(5, -9, 9, 343, 557)], (ElementType.Int64, [343, 557]));
            int[] top = axis == 0 ? [5, 357] : [643, 5];
            Same("TopK", $"axis={axis}", [Floats(643, 357)], (ElementType.Float32, top), (ElementType.Int64, top));
        }
    }

    [Fact]
    public void Movements()
    {
        Same("Transpose", "perm=0,2,1,3", [Floats(2, 197, 12, 48)], (ElementType.Float32, [2, 12, 197, 48]));
        Same("Transpose", "perm=0,2,3,1", [Floats(2, 65, 43, 44)], (ElementType.Float32, [2, 43, 44, 65]));
        Same("Transpose", "perm=1,0", [Floats(497, 501)], (ElementType.Float32, [501, 497]));
        Same("Concat", "axis=1", [Floats(498, 301), Floats(498, 703)], (ElementType.Float32, [498, 1004]));
        Same("Split", "axis=1", [Floats(498, 1004)], (ElementType.Float32, [498, 301]), (ElementType.Float32, [498, 703]));
        Same("Slice", "axes=1,2 starts=1,0 steps=2,3", [Floats(198, 201, 133)], (ElementType.Float32, [198, 100, 45]));
        Same("Pad", "pads=0,0,3,2,0,0,1,4 mode=reflect", [Floats(2, 65, 49, 51)], (ElementType.Float32, [2, 65, 53, 57]));
        Same("Pad", "pads=0,-1,3,2,0,2,1,4 value=3F800000", [Floats(2, 65, 49, 51)], (ElementType.Float32, [2, 66, 53, 57]));
        Same("Gather", "axis=0", [Floats(97, 301), RandomTensor.Longs(5, -97, 97, 603)], (ElementType.Float32, [603, 301]));
        Same("Expand", "", [Floats(1, 501)], (ElementType.Float32, [603, 501]));
    }

    [Theory, InlineData("nearest"), InlineData("linear"), InlineData("cubic")]
    public void Resizings(string mode)
    {
        Same("Resize", $"mode={mode} coordinate_transformation_mode=asymmetric nearest_mode=floor", [Floats(2, 33, 29, 31)], (ElementType.Float32, [2, 33, 58, 62]));
        Same("Resize", $"mode={mode}", [Floats(2, 33, 29, 31)], (ElementType.Float32, [2, 33, 47, 71]));
    }

    [Fact]
    public void Choices()
    {
        var random = new Random(7);
        byte[] flags = new byte[403 * 501];
        random.NextBytes(flags);
        for (int i = 0; i < flags.Length; i++) flags[i] &= 1;
        HostTensor condition = new(ElementType.Bool, [403, 501], flags), numbers = RandomTensor.Longs(5, -9, 9, 403, 501);
        Same("Where", "", [condition, Floats(403, 501), Floats(1)], (ElementType.Float32, [403, 501]));
        Same("Where", "", [condition, Floats(403, 1), Floats(403, 501)], (ElementType.Float32, [403, 501]));
        Same("Where", "", [condition, numbers, numbers], (ElementType.Int64, [403, 501]));
        Same("Greater", "", [Floats(403, 501), Floats(403, 1)], (ElementType.Bool, [403, 501]));
        Same("LessOrEqual", "", [Floats(501), Floats(403, 501)], (ElementType.Bool, [403, 501]));
        Same("Add", "", [numbers, numbers], (ElementType.Int64, [403, 501]));
        foreach (ElementType type in new[] { ElementType.Int32, ElementType.Int64, ElementType.Bool, ElementType.Float16, ElementType.Int8 })
            Same("Cast", "", [Floats(403, 501)], (type, [403, 501]));
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.Int32, ElementType.Bool }) Same("Cast", "", [numbers], (type, [403, 501]));
    }
}
