using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Pow: <c>y = a^b</c>.</summary>
/// <remarks>(a, b) → (y), f32, f64, i32, i64 or u64 (all the same), broadcast; layouts as for <see cref="Add"/>; y may be the memory of a. No attributes.
/// An integer to a negative power is cut towards zero.</remarks>
public sealed unsafe class Pow : BroadcastOperator, IOperator<Pow>
{
    private Pow() : base(new Loop()) { }

    /// <inheritdoc/>
    public static Pow Read(StepAttributes attributes) => new();

    private sealed class Loop : ElementLoop
    {
        public override void Check(in StepRules rules) =>
            rules.Binary(ElementType.Float32, ElementType.Float64, ElementType.Int32, ElementType.Int64, ElementType.UInt64);

        public override void Run(in StepArguments arguments)
        {
            switch (arguments.Outputs[0].Type)
            {
                case ElementType.Float32: Floats(arguments); break;
                case ElementType.Float64: Broadcast.Elements<double, double, double, DoubleKernel>(arguments, default); break;
                default: Broadcast.Integers(arguments, default(IntegerKernel)); break;
            }
        }
    }

    private static void Floats(in StepArguments arguments)
    {
        ref readonly TensorView exponent = ref arguments.Inputs[1];
        // The exponents of normalisation layers need no logarithm.
        if (exponent.Length == 1)
        {
            switch (exponent.F32[0])
            {
                case 2f: Elementwise.Map(arguments, default(SquareKernel)); return;
                case 3f: Elementwise.Map(arguments, default(CubeKernel)); return;
                case 0.5f: Elementwise.Map(arguments, default(RootKernel)); return;
                case -1f: Elementwise.Map(arguments, default(ReciprocalKernel)); return;
                default: break;
            }
        }
        Broadcast.Elements<float, float, float, FloatKernel>(arguments, default);
        PadLanes.Clear(arguments.Outputs[0]);
    }

    private readonly struct SquareKernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Mul(x, x);
    }

    private readonly struct CubeKernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Mul(L.Mul(x, x), x);
    }

    private readonly struct RootKernel : IUnaryKernel
    {
        // The power of −∞ is ∞, of −0 it is 0; the root differs.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Select(L.Equal(x, L.Splat(float.NegativeInfinity)), L.Splat(float.PositiveInfinity), L.Sqrt(L.Add(x, L.Zero)));
    }

    private readonly struct ReciprocalKernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Div(L.Splat(1f), x);
    }

    private readonly struct FloatKernel : IElementKernel<float, float, float>
    {
        public float Apply(float a, float b) => MathF.Pow(a, b);
    }

    private readonly struct DoubleKernel : IElementKernel<double, double, double>
    {
        public double Apply(double a, double b) => Math.Pow(a, b);
    }

    private readonly struct IntegerKernel : IIntegerBinaryKernel
    {
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
        {
            if (T.IsNegative(b))
            {
                if (a == T.One) return T.One;
                return a == T.Zero - T.One ? (T.IsEvenInteger(b) ? T.One : a) : T.Zero;
            }
            T result = T.One;
            for (; !T.IsZero(b); b >>= 1, a *= a)
                if (T.IsOddInteger(b)) result *= a;
            return result;
        }
    }
}
