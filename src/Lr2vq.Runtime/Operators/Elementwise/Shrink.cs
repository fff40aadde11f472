using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Shrink: <c>y = x &lt; −lambd ? x + bias : x &gt; lambd ? x − bias : 0</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attributes lambd (float, 0.5), bias (float, 0).</remarks>
public sealed class Shrink : ElementwiseOperator, IOperator<Shrink>
{
    private Shrink(Kernel kernel) : base(new FloatLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static Shrink Read(StepAttributes attributes) => new(new Kernel(attributes.Float("lambd", 0.5f), attributes.Float("bias", 0f)));

    private readonly struct Kernel(float lambd, float bias) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct
        {
            V limit = L.Splat(lambd), shift = L.Splat(bias);
            V inner = L.Select(L.Less(x, L.Neg(limit)), L.Add(x, shift), L.Zero);
            return L.Select(L.Less(limit, x), L.Sub(x, shift), inner);
        }
    }
}
