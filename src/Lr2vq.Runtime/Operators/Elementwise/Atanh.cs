using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Atanh: <c>y = artanh x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Atanh : ElementwiseOperator, IOperator<Atanh>
{
    private Atanh() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Atanh Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Atanh(x);
    }
}
