using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Asin: <c>y = arcsin x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Asin : ElementwiseOperator, IOperator<Asin>
{
    private Asin() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Asin Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Asin(x);
    }
}
