using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Cos: <c>y = cos x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Cos : ElementwiseOperator, IOperator<Cos>
{
    private Cos() : base(new BoundedLoop<Kernel>(LaneMath.MostRadians)) { }

    /// <inheritdoc/>
    public static Cos Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel, IScalarKernel
    {
        public float Apply(float x) => MathF.Cos(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => LaneMath.Cos<L, V>(x);
    }
}
