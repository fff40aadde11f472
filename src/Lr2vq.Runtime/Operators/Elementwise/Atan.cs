using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Atan: <c>y = arctan x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Atan : ElementwiseOperator, IOperator<Atan>
{
    private Atan() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Atan Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Atan(x);
    }
}
