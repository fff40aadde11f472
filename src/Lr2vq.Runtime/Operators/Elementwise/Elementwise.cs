using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What a kernel of one tensor does to integers.</summary>
internal interface IIntegerUnaryKernel
{
    T Integer<T>(T x) where T : struct, IBinaryInteger<T>;
}

/// <summary>A function of one float that has no vector form, or none for every number.</summary>
internal interface IScalarKernel
{
    float Apply(float x);
}

/// <summary>Runs elementwise operators of one tensor; keeps the lanes beyond the last channel of a blocked tensor at zero.</summary>
internal static unsafe class Elementwise
{
    private const int Vector = 16, Stretch = 256;

    public static void Map<TKernel>(in StepArguments arguments, TKernel kernel) where TKernel : struct, IUnaryKernel =>
        Map(arguments.Inputs[0], arguments.Outputs[0], arguments.Team, kernel);

    public static void Map<TKernel>(in TensorView x, in TensorView y, ThreadTeam? team, TKernel kernel) where TKernel : struct, IUnaryKernel
    {
        // Shares of whole vectors: every element is computed as without threads.
        long length = y.StoredLength;
        Ranges.Run(team, (length + Vector - 1) / Vector, Ranges.Least(Vector), new Vectors<TKernel>(x.F32, y.F32, length, kernel));
        if (kernel.Apply<Lanes1, float>(0f) != 0f) PadLanes.Clear(y);
    }

    /// <summary>f32, i32 and i64.</summary>
    public static void MapNumber<TKernel>(in StepArguments arguments, TKernel kernel)
        where TKernel : struct, IUnaryKernel, IIntegerUnaryKernel
    {
        if (arguments.Outputs[0].Type == ElementType.Float32) Map(arguments, kernel);
        else MapInteger(arguments, kernel);
    }

    /// <summary>i32 and i64.</summary>
    public static void MapInteger<TKernel>(in StepArguments arguments, TKernel kernel) where TKernel : struct, IIntegerUnaryKernel
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        switch (y.Type)
        {
            case ElementType.Int32: Integers((int*)x.Data, (int*)y.Data, y.Length, kernel); break;
            case ElementType.Int64: Integers((long*)x.Data, (long*)y.Data, y.Length, kernel); break;
            default: throw UnexpectedType.Of(y.Type);
        }
    }

    public static void MapScalar<TKernel>(in StepArguments arguments, TKernel kernel) where TKernel : struct, IScalarKernel
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        Ranges.Run(arguments.Team, y.StoredLength, Ranges.LeastFloats / Vector, new Scalars<TKernel>(x.F32, y.F32, kernel));
        if (kernel.Apply(0f) != 0f) PadLanes.Clear(y);
    }

    /// <summary>A function whose vector form is right up to |x| = <paramref name="bound"/>: stretches with larger numbers go one by one.</summary>
    public static void MapBounded<TKernel>(in StepArguments arguments, float bound, TKernel kernel) where TKernel : struct, IUnaryKernel, IScalarKernel
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        long length = y.StoredLength;
        Ranges.Run(arguments.Team, (length + Stretch - 1) / Stretch, Ranges.Least(Stretch), new Bounded<TKernel>(x.F32, y.F32, length, bound, kernel));
        if (kernel.Apply(0f) != 0f) PadLanes.Clear(y);
    }

    [MethodImpl(Compile.Loop)]
    private static bool IsWithin(float* x, long count, float bound)
    {
        var largest = Vector128<float>.Zero;
        long i = 0;
        for (; i + 4 <= count; i += 4) largest = Vector128.Max(largest, Vector128.Abs(Vector128.Load(x + i)));
        for (; i < count; i++)
            if (!(Math.Abs(x[i]) <= bound)) return false;
        return Vector128.LessThanOrEqualAll(largest, Vector128.Create(bound));
    }

    [MethodImpl(Compile.Loop)]
    private static void Integers<T, TKernel>(T* x, T* y, long length, TKernel kernel)
        where T : unmanaged, IBinaryInteger<T> where TKernel : struct, IIntegerUnaryKernel
    {
        for (long i = 0; i < length; i++) y[i] = kernel.Integer(x[i]);
    }

    private readonly struct Vectors<TKernel>(float* x, float* y, long length, TKernel kernel) : IRange where TKernel : struct, IUnaryKernel
    {
        public void Do(long first, long last, int slot) =>
            Lanes.Map(x + first * Vector, y + first * Vector, Math.Min(length, last * Vector) - first * Vector, kernel);
    }

    private readonly struct Bounded<TKernel>(float* x, float* y, long length, float bound, TKernel kernel) : IRange where TKernel : struct, IUnaryKernel, IScalarKernel
    {
        public void Do(long first, long last, int slot)
        {
            for (long start = first * Stretch; start < Math.Min(length, last * Stretch); start += Stretch)
            {
                long count = Math.Min(Stretch, length - start);
                if (IsWithin(x + start, count, bound)) Lanes.Map(x + start, y + start, count, kernel);
                else
                    for (long i = start; i < start + count; i++) y[i] = kernel.Apply(x[i]);
            }
        }
    }

    private readonly struct Scalars<TKernel>(float* x, float* y, TKernel kernel) : IRange where TKernel : struct, IScalarKernel
    {
        public void Do(long first, long last, int slot)
        {
            for (long i = first; i < last; i++) y[i] = kernel.Apply(x[i]);
        }
    }
}
