using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Sin: <c>y = sin x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Sin : ElementwiseOperator, IOperator<Sin>
{
    private Sin() : base(new BoundedLoop<Kernel>(LaneMath.MostRadians)) { }

    /// <inheritdoc/>
    public static Sin Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel, IScalarKernel
    {
        public float Apply(float x) => MathF.Sin(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => LaneMath.Sin<L, V>(x);
    }
}
