using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Sinh: <c>y = sinh x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Sinh : ElementwiseOperator, IOperator<Sinh>
{
    private Sinh() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Sinh Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Sinh(x);
    }
}
