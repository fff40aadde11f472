using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>The elementwise arithmetic of recurrent cells.</summary>
internal static unsafe class GateMath
{
    /// <summary>y = a · b.</summary>
    public static void Multiply(float* a, float* b, float* y, long count) => Lanes.Map2(a, b, y, count, default(ProductKernel));

    /// <summary>y = a + b.</summary>
    public static void Add(float* a, float* b, float* y, long count) => Lanes.Map2(a, b, y, count, default(AddKernel));

    /// <summary>y = a − b.</summary>
    public static void Subtract(float* a, float* b, float* y, long count) => Lanes.Map2(a, b, y, count, default(DifferenceKernel));

    /// <summary>y = 1 − a.</summary>
    public static void Complement(float* a, float* y, long count) => Lanes.Map(a, y, count, default(ComplementKernel));

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly struct ProductKernel : IBinaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Mul(a, b);
    }

    private readonly struct DifferenceKernel : IBinaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Sub(a, b);
    }

    private readonly struct ComplementKernel : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Sub(L.Splat(1f), x);
    }
}
