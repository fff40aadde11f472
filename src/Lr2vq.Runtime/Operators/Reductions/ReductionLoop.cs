using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>How elements become one.</summary>
internal interface IReductionKernel
{
    /// <summary>The result of nothing.</summary>
    float Identity { get; }

    /// <summary>How many elements may be joined in float.</summary>
    int Stretch { get; }

    /// <summary>Takes one more element in.</summary>
    V Accumulate<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct;

    /// <summary>Joins two accumulations of few elements.</summary>
    V Merge<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct;

    /// <summary>Joins the lanes of an accumulation.</summary>
    double Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct;

    /// <summary>Joins two accumulations.</summary>
    double Join(double a, double b);

    /// <summary>The result for <paramref name="count"/> elements.</summary>
    double Finish(double sum, long count);

    /// <summary>The same for accumulations that never left their lanes.</summary>
    V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct;
}

/// <summary>How whole numbers become one.</summary>
internal interface IIntegerReductionKernel
{
    T IntegerIdentity<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T>;

    T IntegerAccumulate<T>(T sum, T x) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>;

    T IntegerFinish<T>(T sum, long count) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>What is added up, and what becomes of the sum.</summary>
internal interface ISummand
{
    /// <summary>Adds one more element.</summary>
    V Add<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct;

    /// <summary>The result for <paramref name="count"/> elements.</summary>
    double Finish(double sum, long count);

    /// <summary>The same for sums that never left their lanes.</summary>
    V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct;
}

/// <summary>A reduction that adds.</summary>
internal readonly struct Summation<TSummand> : IReductionKernel where TSummand : struct, ISummand
{
    public float Identity => 0f;

    public int Stretch => Reduction.Stretch;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Accumulate<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => default(TSummand).Add<L, V>(sum, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Merge<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Add(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct => L.Sum(sum);

    public double Join(double a, double b) => a + b;

    public double Finish(double sum, long count) => default(TSummand).Finish(sum, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => default(TSummand).Finish<L, V>(sum, count);
}

/// <summary>Reduces with a kernel. Kernels are structs, so that each loop is compiled for its own.</summary>
internal abstract class ReductionLoop
{
    /// <summary>Whether there are elements of a type for it.</summary>
    public virtual bool Takes(ElementType type) => type == ElementType.Float32;

    public virtual long ScratchBytes(in StepShapes shapes) => 0;

    public abstract void Run(in StepArguments arguments, ReductionPlan plan);
}

/// <summary>f32.</summary>
internal sealed unsafe class FloatReduction<TKernel> : ReductionLoop where TKernel : struct, IReductionKernel
{
    public override void Run(in StepArguments arguments, ReductionPlan plan)
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        Reduction.Run(arguments.Team, plan, arguments.Inputs[0].F32, y.F32, y.Length, default(TKernel));
    }
}

/// <summary>f32, i32, i64 and u64.</summary>
internal sealed unsafe class NumberReduction<TKernel, TInteger> : ReductionLoop where TKernel : struct, IReductionKernel where TInteger : struct, IIntegerReductionKernel
{
    public override bool Takes(ElementType type) => type is ElementType.Float32 or ElementType.Int32 or ElementType.Int64 or ElementType.UInt64;

    public override void Run(in StepArguments arguments, ReductionPlan plan)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        switch (y.Type)
        {
            case ElementType.Float32: Reduction.Run(arguments.Team, plan, x.F32, y.F32, y.Length, default(TKernel)); break;
            case ElementType.Int32: Reduction.Integers(arguments.Team, plan, (int*)x.Data, (int*)y.Data, y.Length, default(TInteger)); break;
            case ElementType.Int64: Reduction.Integers(arguments.Team, plan, x.I64, y.I64, y.Length, default(TInteger)); break;
            case ElementType.UInt64: Reduction.Integers(arguments.Team, plan, (ulong*)x.Data, (ulong*)y.Data, y.Length, default(TInteger)); break;
            default: throw UnexpectedType.Of(y.Type);
        }
    }
}
