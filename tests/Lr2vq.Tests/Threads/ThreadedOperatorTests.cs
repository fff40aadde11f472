using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Tests.Kernels;
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
}
