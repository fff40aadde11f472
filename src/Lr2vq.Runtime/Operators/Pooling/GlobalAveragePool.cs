using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX GlobalAveragePool: the mean of each channel.</summary>
public sealed class GlobalAveragePool : Operator, IOperator<GlobalAveragePool>
{
    private GlobalAveragePool()
    {
    }

    /// <inheritdoc/>
    public static GlobalAveragePool Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules) => GlobalImages.Check(rules);

    internal override unsafe void Run(in StepArguments arguments)
    {
        GlobalImages of = GlobalImages.Of(arguments.Inputs[0]);
        float* y = arguments.Outputs[0].F32;
        GlobalPooling.Run(arguments.Team, arguments.Inputs[0].F32, y, of.Images, of.Pixels, of.Lanes, default(SumOfWindow));
        Lanes.Map(y, y, of.Images * of.Lanes, new Scale(1f / of.Pixels));
    }

    private readonly struct Scale(float factor) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Mul(x, L.Splat(factor));
    }
}
