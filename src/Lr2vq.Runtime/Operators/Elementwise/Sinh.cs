using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Sinh: <c>y = sinh x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Sinh : Operator, IOperator<Sinh>
{
    private Sinh()
    {
    }

    /// <inheritdoc/>
    public static Sinh Read(StepAttributes attributes) => new();

    internal override int InPlaceInput => 0;

    internal override void Run(in StepArguments arguments) => Elementwise.MapScalar(arguments, default(Kernel));

    internal readonly struct Kernel : IScalarKernel
    {
        public float Apply(float x) => MathF.Sinh(x);
    }
}
