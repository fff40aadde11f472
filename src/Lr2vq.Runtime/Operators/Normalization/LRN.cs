using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX LRN: <c>y = x / (bias + alpha/size·Σ x²)^beta</c>, the sum over the neighbouring channels.</summary>
/// <remarks>(x) → (y), f32, plain, channels in axis 1. Attributes alpha (float, 1e-4), beta (float, 0.75), bias (float, 1), size.</remarks>
public sealed unsafe class LRN : AxisOperator, IOperator<LRN>
{
    private readonly float _alpha, _beta, _bias;
    private readonly int _size;

    private LRN(float alpha, float beta, float bias, int size) : base(axis: 1) => (_alpha, _beta, _bias, _size) = (alpha, beta, bias, size);

    /// <inheritdoc/>
    public static LRN Read(StepAttributes attributes) => new(attributes.Float("alpha", 1e-4f), attributes.Float("beta", 0.75f),
        attributes.Float("bias", 1f), attributes.Int("size", 1));

    internal override void Check(in StepRules rules)
    {
        CheckAlike(rules, ElementType.Float32);
        StepRules.Within(_size, 1, StepRules.MostReach, "size");
        StepRules.Within(Extent.Product(rules.Input(0).Shape.AsSpan(2)), 0, int.MaxValue, "the number of pixels");
    }

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        long before = (_size - 1) / 2, after = _size - 1 - before, plane = view.Inner;
        for (long n = 0; n < view.Outer; n++, x += view.Length * plane, y += view.Length * plane)
            for (long c = 0; c < view.Length; c++)
            {
                float* to = y + c * plane;
                new Span<float>(to, checked((int)plane)).Clear();
                for (long k = Math.Max(0, c - before); k <= Math.Min(view.Length - 1, c + after); k++)
                    Lanes.Map2(to, x + k * plane, to, plane, default(SquareKernel));
                Lanes.Map2(to, x + c * plane, to, plane, new QuotientKernel(_alpha / _size, _beta, _bias));
            }
    }

    private readonly struct SquareKernel : IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Fma(b, b, a);
    }

    private readonly struct QuotientKernel(float alpha, float beta, float bias) : IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct
        {
            V logarithm = LaneMath.Log<L, V>(L.Fma(a, L.Splat(alpha), L.Splat(bias)));
            return L.Mul(b, LaneMath.Exp<L, V>(L.Mul(logarithm, L.Splat(-beta))));
        }
    }
}
