using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>What a kernel of two tensors does to integers.</summary>
internal interface IIntegerBinaryKernel
{
    T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>A function of two elements.</summary>
internal interface IElementKernel<TA, TB, TOut>
{
    TOut Apply(TA a, TB b);
}

/// <summary>A comparison of two numbers.</summary>
internal interface IComparison
{
    bool Apply<T>(T a, T b) where T : struct, INumber<T>;

    /// <summary>All bits of the lanes where it holds.</summary>
    V Mask<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct;
}

/// <summary>f32, plain or blocked.</summary>
internal sealed class BinaryLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IBinaryKernel
{
    public override void Check(in StepRules rules) => rules.Binary(ElementType.Float32);

    public override void Run(in StepArguments arguments) => Broadcast.Map(arguments, kernel);
}

/// <summary>f32, plain or blocked, and integers.</summary>
internal sealed class BinaryNumberLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IBinaryKernel, IIntegerBinaryKernel
{
    public override void Check(in StepRules rules) => rules.Binary(ElementType.Float32, ElementType.Int32, ElementType.Int64, ElementType.UInt64);

    public override void Run(in StepArguments arguments)
    {
        if (arguments.Outputs[0].Type == ElementType.Float32) Broadcast.Map(arguments, kernel);
        else Broadcast.Integers(arguments, kernel);
    }
}

/// <summary>Integers.</summary>
internal sealed class BinaryIntegerLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IIntegerBinaryKernel
{
    public override void Check(in StepRules rules) => rules.Binary(ElementType.Int32, ElementType.Int64, ElementType.UInt64);

    public override void Run(in StepArguments arguments) => Broadcast.Integers(arguments, kernel);
}

/// <summary>f32, integers or bool to bool, plain.</summary>
internal sealed unsafe class ComparisonLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IComparison
{
    public override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        RuleTensor a = rules.Input(0).Is(ElementType.Float32, ElementType.Int32, ElementType.Int64, ElementType.UInt64, ElementType.Bool);
        rules.Input(1).IsLike(a.Type);
        rules.Output(0).IsLike(ElementType.Bool);
        rules.Broadcast();
    }

    public override void Run(in StepArguments arguments)
    {
        switch (arguments.Inputs[0].Type)
        {
            case ElementType.Float32: Floats(arguments); break;
            case ElementType.Int32: Broadcast.Elements<int, int, byte, ElementKernel<int>>(arguments, new(kernel)); break;
            case ElementType.Int64: Broadcast.Elements<long, long, byte, ElementKernel<long>>(arguments, new(kernel)); break;
            case ElementType.UInt64: Broadcast.Elements<ulong, ulong, byte, ElementKernel<ulong>>(arguments, new(kernel)); break;
            case ElementType.Bool: Broadcast.Elements<byte, byte, byte, ElementKernel<byte>>(arguments, new(kernel)); break;
            default: throw UnexpectedType.Of(arguments.Inputs[0].Type);
        }
    }

    private void Floats(in StepArguments arguments)
    {
        if (arguments.Outputs[0].Length == 0) return;
        BroadcastPlan plan = (BroadcastPlan)arguments.State!;
        BroadcastRows.Run(arguments.Team, plan, new ComparisonRow<TKernel>(arguments.Inputs[0].F32, arguments.Inputs[1].F32, arguments.Outputs[0].Data,
            plan.Strides[0][^1], plan.Strides[1][^1], kernel));
    }

    private readonly struct ElementKernel<T>(TKernel kernel) : IElementKernel<T, T, byte> where T : struct, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public byte Apply(T a, T b) => kernel.Apply(a, b) ? (byte)1 : (byte)0;
    }
}

/// <summary>Bool, plain.</summary>
internal sealed class LogicLoop<TKernel>(TKernel kernel = default) : ElementLoop where TKernel : struct, IElementKernel<byte, byte, byte>
{
    public override void Check(in StepRules rules) => rules.Binary(ElementType.Bool);

    public override void Run(in StepArguments arguments) => Broadcast.Elements<byte, byte, byte, TKernel>(arguments, kernel);
}
