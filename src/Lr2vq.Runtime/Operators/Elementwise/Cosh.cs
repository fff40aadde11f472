using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Cosh: <c>y = cosh x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Cosh : ElementwiseOperator, IOperator<Cosh>
{
    private Cosh() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Cosh Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Cosh(x);
    }
}
