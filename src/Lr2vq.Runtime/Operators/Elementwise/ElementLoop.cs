using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Applies a kernel to every element. Kernels are structs, so that each loop is compiled for its own.</summary>
internal abstract class ElementLoop
{
    /// <summary>What the loop relies on.</summary>
    public abstract void Check(in StepRules rules);

    public abstract void Run(in StepArguments arguments);
}

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

/// <summary>A question about one element.</summary>
internal interface IFlagKernel<T>
{
    bool Apply(T x);
}

/// <summary>f32, plain or blocked.</summary>
internal sealed class FloatLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IUnaryKernel
{
    public override void Check(in StepRules rules) => rules.Unary(ElementType.Float32);

    public override void Run(in StepArguments arguments) => Elementwise.Map(arguments, kernel);
}

/// <summary>f32, plain or blocked, and integers.</summary>
internal sealed class NumberLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IUnaryKernel, IIntegerUnaryKernel
{
    public override void Check(in StepRules rules) => rules.Unary(ElementType.Float32, ElementType.Int32, ElementType.Int64, ElementType.UInt64);

    public override void Run(in StepArguments arguments)
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        switch (y.Type)
        {
            case ElementType.Float32: Elementwise.Map(arguments, kernel); break;
            case ElementType.Int32: Elementwise.Integers<int, TKernel>(arguments, y.Length, kernel); break;
            case ElementType.Int64: Elementwise.Integers<long, TKernel>(arguments, y.Length, kernel); break;
            case ElementType.UInt64: Elementwise.Integers<ulong, TKernel>(arguments, y.Length, kernel); break;
            default: throw UnexpectedType.Of(y.Type);
        }
    }
}

/// <summary>Integers of every width, plain: what a kernel does to their bits does not depend on the sign.</summary>
internal sealed class BitsLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IIntegerUnaryKernel
{
    public override void Check(in StepRules rules) => rules.Unary(ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64,
        ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64);

    public override void Run(in StepArguments arguments) =>
        Elementwise.Integers<byte, TKernel>(arguments, arguments.Outputs[0].Length * ElementTypes.ByteLength(arguments.Outputs[0].Type), kernel);
}

/// <summary>f32, plain or blocked, number by number.</summary>
internal sealed unsafe class ScalarLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IScalarKernel
{
    public override void Check(in StepRules rules) => rules.Unary(ElementType.Float32);

    public override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        Ranges.Run(arguments.Team, y.StoredLength, Ranges.LeastFloats / Elementwise.Vector, new Scalars(x.F32, y.F32, kernel));
        if (kernel.Apply(0f) != 0f) PadLanes.Clear(y);
    }

    private readonly struct Scalars(float* x, float* y, TKernel kernel) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            for (long i = first; i < last; i++) y[i] = kernel.Apply(x[i]);
        }
    }
}

/// <summary>f32, plain or blocked: a function whose vector form is right up to |x| = <paramref name="bound"/>. Stretches with larger numbers go one by one.</summary>
internal sealed unsafe class BoundedLoop<TKernel>(float bound, TKernel kernel = default) : ElementLoop where TKernel : struct, IUnaryKernel, IScalarKernel
{
    private const int Stretch = 256;

    public override void Check(in StepRules rules) => rules.Unary(ElementType.Float32);

    public override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        long length = y.StoredLength;
        Ranges.Run(arguments.Team, (length + Stretch - 1) / Stretch, Ranges.Least(Stretch), new Stretches(x.F32, y.F32, length, bound, kernel));
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

    private readonly struct Stretches(float* x, float* y, long length, float bound, TKernel kernel) : IRange
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
}

/// <summary>f32 or bool to bool, plain.</summary>
internal sealed unsafe class FlagLoop<T, TKernel>(TKernel kernel = default) : ElementLoop where T : unmanaged where TKernel : struct, IFlagKernel<T>
{
    public override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(typeof(T) == typeof(float) ? ElementType.Float32 : ElementType.Bool);
        rules.Output(0).IsLike(ElementType.Bool).HasShape(x.Shape);
    }

    public override void Run(in StepArguments arguments)
    {
        T* x = (T*)arguments.Inputs[0].Data;
        byte* y = arguments.Outputs[0].Data;
        long length = arguments.Outputs[0].Length;
        for (long i = 0; i < length; i++) y[i] = kernel.Apply(x[i]) ? (byte)1 : (byte)0;
    }
}
