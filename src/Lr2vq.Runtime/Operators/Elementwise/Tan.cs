using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Tan: <c>y = tan x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Tan : ElementwiseOperator, IOperator<Tan>
{
    private Tan() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Tan Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Tan(x);
    }
}
