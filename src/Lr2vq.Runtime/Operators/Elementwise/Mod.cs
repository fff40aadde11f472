using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Mod: the remainder of a / b.</summary>
/// <remarks>(a, b) → (y), f32, i32, i64 or u64 (all the same), broadcast, plain; y may be the memory of a. Attribute fmod (0 or 1; 0): with 1 the sign
/// is that of a, as C's fmod; else that of b, as Python's %. An integer remainder of 0 is 0.</remarks>
public sealed class Mod : BroadcastOperator, IOperator<Mod>
{
    private Mod(bool fmod) : base(new Loop(fmod)) { }

    /// <inheritdoc/>
    public static Mod Read(StepAttributes attributes) => new(attributes.Flag("fmod"));

    private sealed class Loop(bool fmod) : ElementLoop
    {
        public override void Check(in StepRules rules)
        {
            rules.Plain();
            rules.Binary(ElementType.Float32, ElementType.Int32, ElementType.Int64, ElementType.UInt64);
        }

        public override void Run(in StepArguments arguments)
        {
            if (arguments.Outputs[0].Type == ElementType.Float32) Broadcast.Elements<float, float, float, FloatKernel>(arguments, new(fmod));
            else Broadcast.Integers(arguments, new IntegerKernel(fmod));
        }
    }

    private readonly struct FloatKernel(bool fmod) : IElementKernel<float, float, float>
    {
        public float Apply(float a, float b)
        {
            float rest = a % b;
            return !fmod && rest != 0f && rest < 0f != b < 0f ? rest + b : rest;
        }
    }

    private readonly struct IntegerKernel(bool fmod) : IIntegerBinaryKernel
    {
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
        {
            // The processor would trap on 0, and on the smallest number with −1.
            if (T.IsZero(b) || (T.IsNegative(b) && b == T.Zero - T.One)) return T.Zero;
            T rest = a % b;
            return !fmod && !T.IsZero(rest) && T.IsNegative(rest) != T.IsNegative(b) ? rest + b : rest;
        }
    }
}
