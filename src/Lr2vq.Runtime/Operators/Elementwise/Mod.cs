using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Mod: the remainder of a / b.</summary>
/// <remarks>(a, b) → (y), f32, i32 or i64 (all the same), broadcast, plain; y may be the memory of a. Attribute fmod (0 or 1; 0): with 1 the sign
/// is that of a, as C's fmod; else that of b, as Python's %. An integer remainder of 0 is 0.</remarks>
public sealed class Mod : Operator, IOperator<Mod>
{
    private readonly bool _fmod;

    private Mod(bool fmod) => _fmod = fmod;

    /// <inheritdoc/>
    public static Mod Read(StepAttributes attributes) => new(attributes.Flag("fmod"));

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: BroadcastPlan.Of(shapes));

    internal override void Run(in StepArguments arguments)
    {
        switch (arguments.Outputs[0].Type)
        {
            case ElementType.Float32: Broadcast.Elements<float, float, FloatKernel>(arguments, new(_fmod)); break;
            case ElementType.Int32: Broadcast.Elements<int, int, IntegerKernel<int>>(arguments, new(_fmod)); break;
            case ElementType.Int64: Broadcast.Elements<long, long, IntegerKernel<long>>(arguments, new(_fmod)); break;
            default: throw UnexpectedType.Of(arguments.Outputs[0].Type);
        }
    }

    private readonly struct FloatKernel(bool fmod) : IElementKernel<float, float>
    {
        public float Apply(float a, float b)
        {
            float rest = a % b;
            return !fmod && rest != 0f && rest < 0f != b < 0f ? rest + b : rest;
        }
    }

    private readonly struct IntegerKernel<T>(bool fmod) : IElementKernel<T, T> where T : struct, IBinaryInteger<T>
    {
        public T Apply(T a, T b)
        {
            // The processor would trap on 0, and on the smallest number with −1.
            if (T.IsZero(b) || b == T.Zero - T.One) return T.Zero;
            T rest = a % b;
            return !fmod && !T.IsZero(rest) && T.IsNegative(rest) != T.IsNegative(b) ? rest + b : rest;
        }
    }
}
