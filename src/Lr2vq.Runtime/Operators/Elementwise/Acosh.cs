using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Acosh: <c>y = arcosh x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Acosh : ElementwiseOperator, IOperator<Acosh>
{
    private Acosh() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Acosh Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Acosh(x);
    }
}
