using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Asinh: <c>y = arsinh x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Asinh : ElementwiseOperator, IOperator<Asinh>
{
    private Asinh() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Asinh Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Asinh(x);
    }
}
