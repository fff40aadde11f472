using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceProd: <c>y = Π x</c> over some axes.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain. Attribute axes.</remarks>
public sealed class ReduceProd : ReductionOperator, IOperator<ReduceProd>
{
    private ReduceProd(StepAttributes attributes) : base(attributes, new NumberReduction<Kernel, Kernel>()) { }

    /// <inheritdoc/>
    public static ReduceProd Read(StepAttributes attributes) => new(attributes);

    private readonly struct Kernel : IReductionKernel, IIntegerReductionKernel
    {
        public float Identity => 1f;

        // More of them may leave the range of a float.
        public int Stretch => Reduction.Rows;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Mul(sum, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Merge<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Mul(a, b);

        // In double: the product of a few lanes may be out of the range of a float, and that of all of them not.
        public unsafe double Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct
        {
            float* lanes = stackalloc float[16];
            L.Store(sum, lanes);
            double product = 1;
            for (int lane = 0; lane < L.Count; lane++) product *= lanes[lane];
            return product;
        }

        public double Join(double a, double b) => a * b;

        public double Finish(double sum, long count) => sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => sum;

        public T IntegerIdentity<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.One;

        public T IntegerAccumulate<T>(T sum, T x) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum * x;

        public T IntegerFinish<T>(T sum, long count) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum;
    }
}
