using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What is computed from two quantized numbers before the result is rounded.</summary>
internal interface IQuantizedPair
{
    /// <param name="a">Scale and zero point of the left operand.</param>
    /// <param name="b">Those of the right one.</param>
    /// <param name="y">Those of the result.</param>
    void Prepare((float Scale, int ZeroPoint) a, (float Scale, int ZeroPoint) b, (float Scale, int ZeroPoint) y);

    /// <summary>The formula with the zero point of the result added.</summary>
    /// <param name="a">The stored integer.</param>
    /// <param name="b">The stored integer.</param>
    /// <param name="aRepeats">The row has one left operand.</param>
    /// <param name="bRepeats">The row has one right operand.</param>
    float One(int a, int b, bool aRepeats, bool bRepeats);

    Vector128<float> Four(Vector128<int> a, Vector128<int> b, bool aRepeats, bool bRepeats);
}

/// <summary>An operator that makes a quantized tensor of bytes from two others, which broadcast.</summary>
/// <remarks>Inputs: a, its scale and zero point, b, its scale and zero point, scale and zero point of y. Generic is the loop, as for <see cref="BroadcastOperator"/>.</remarks>
public abstract class QuantizedBroadcast : Operator
{
    private readonly QuantizedPairs _pairs;

    private protected QuantizedBroadcast(QuantizedPairs pairs) => _pairs = pairs;

    internal sealed override void Check(in StepRules rules)
    {
        rules.Counts(8, 1);
        rules.Plain();
        RuleTensor y = rules.Output(0).Is(ElementType.UInt8, ElementType.Int8), a = rules.Input(0).IsLike(y.Type), b = rules.Input(3).IsLike(y.Type);
        y.HasShape(StepRules.Broadcast(a.Shape, b.Shape));
        for (int scale = 1; scale < 8; scale += scale == 1 ? 3 : 2) QuantizationRules.OfTensor(rules, scale, y.Type);
    }

    internal sealed override StepPreparation Prepare(in StepShapes shapes) =>
        new(State: BroadcastPlan.Of(new StepShapes(new[] { shapes.Inputs[0], shapes.Inputs[3] }, shapes.Outputs, shapes.Evaluate)));

    internal sealed override void Run(in StepArguments arguments)
    {
        if (arguments.Outputs[0].Length > 0) _pairs.Run(arguments);
    }
}

/// <summary>The loop of a <see cref="QuantizedBroadcast"/>.</summary>
internal abstract class QuantizedPairs
{
    public abstract void Run(in StepArguments arguments);
}

/// <summary>The loop with its formula.</summary>
internal sealed unsafe class QuantizedPairs<TPair> : QuantizedPairs where TPair : struct, IQuantizedPair
{
    public override void Run(in StepArguments arguments)
    {
        TPair pair = default;
        pair.Prepare(Parameters(arguments, 1), Parameters(arguments, 4), Parameters(arguments, 6));
        if (arguments.Outputs[0].Type == ElementType.UInt8) Run<byte>(arguments, pair);
        else Run<sbyte>(arguments, pair);
    }

    private static (float Scale, int ZeroPoint) Parameters(in StepArguments arguments, int scale) =>
        (*arguments.Inputs[scale].F32, SmallIntegers.At(arguments.Inputs[scale + 1].Data, arguments.Inputs[scale + 1].Type, 0));

    private static void Run<T>(in StepArguments arguments, TPair pair) where T : unmanaged
    {
        var plan = (BroadcastPlan)arguments.State!;
        BroadcastRows.Run(arguments.Team, plan, new Row<T>((T*)arguments.Inputs[0].Data, (T*)arguments.Inputs[3].Data, arguments.Outputs[0], plan.Strides[0][^1], plan.Strides[1][^1], pair));
    }

    private readonly struct Row<T>(T* a, T* b, TensorView y, long stepA, long stepB, TPair pair) : IBroadcastRow where T : unmanaged
    {
        public void Do(long* from, long to, long count) =>
            Quantizer.Row(new Pairs<T>(a + from[0], b + from[1], stepA, stepB, pair), new QuantizedRange(y.Type, 0), y.Data + to, count);
    }

    private readonly struct Pairs<T>(T* a, T* b, long stepA, long stepB, TPair pair) : IFloatSource where T : unmanaged
    {
        public float One(long i) => pair.One(SmallIntegers.One(a + i * stepA), SmallIntegers.One(b + i * stepB), stepA == 0, stepB == 0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<float> Four(long i) => pair.Four(stepA == 0 ? Vector128.Create(SmallIntegers.One(a)) : SmallIntegers.Four(a + i),
            stepB == 0 ? Vector128.Create(SmallIntegers.One(b)) : SmallIntegers.Four(b + i), stepA == 0, stepB == 0);
    }
}
