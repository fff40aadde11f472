using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Acos: <c>y = arccos x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Acos : ElementwiseOperator, IOperator<Acos>
{
    private Acos() : base(new ScalarLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Acos Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Acos(x);
    }
}
