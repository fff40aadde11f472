using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Clip: <c>y = min(max, max(min, x))</c>, element by element.</summary>
/// <remarks>(x, min?, max?) → (y), f32, i32, i64 or u64, plain or blocked; y may be the memory of x. The bounds are inputs (scalars of the type of
/// x), or for f32 the attributes min (float, −∞) and max (float, ∞); an input wins.</remarks>
public sealed unsafe class Clip : Operator, IOperator<Clip>
{
    private readonly float _min, _max;

    private Clip(float min, float max) => (_min, _max) = (min, max);

    /// <inheritdoc/>
    public static Clip Read(StepAttributes attributes) =>
        new(attributes.Float("min", float.NegativeInfinity), attributes.Float("max", float.PositiveInfinity));

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 3);
        RuleTensor x = rules.Input(0).Is(ElementType.Float32, ElementType.Int32, ElementType.Int64, ElementType.UInt64);
        for (int bound = 1; bound < 3; bound++)
            if (rules.Has(bound)) rules.Input(bound).IsLike(x.Type).IsPlain().HasCount(1);
        rules.Output(0).IsLike(x.Type).HasLayout(x.Layout).HasShape(x.Shape);
    }

    internal override void Run(in StepArguments arguments)
    {
        byte* min = arguments.Inputs.Length > 1 ? arguments.Inputs[1].Data : null;
        byte* max = arguments.Inputs.Length > 2 ? arguments.Inputs[2].Data : null;
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        switch (y.Type)
        {
            case ElementType.Float32:
                Elementwise.Map(arguments, new Kernel(min != null ? *(float*)min : _min, max != null ? *(float*)max : _max));
                break;
            case ElementType.Int32: Integers((int*)x.Data, (int*)y.Data, y.Length, (int*)min, (int*)max); break;
            case ElementType.Int64: Integers((long*)x.Data, (long*)y.Data, y.Length, (long*)min, (long*)max); break;
            case ElementType.UInt64: Integers((ulong*)x.Data, (ulong*)y.Data, y.Length, (ulong*)min, (ulong*)max); break;
            default: throw UnexpectedType.Of(y.Type);
        }
    }

    private static void Integers<T>(T* x, T* y, long length, T* min, T* max)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        T low = min != null ? *min : T.MinValue, high = max != null ? *max : T.MaxValue;
        for (long i = 0; i < length; i++) y[i] = T.Min(high, T.Max(low, x[i]));
    }

    internal readonly struct Kernel(float min, float max) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Min(L.Splat(max), L.Max(L.Splat(min), x));
    }
}
