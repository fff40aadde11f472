using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What a loop begins with: the number of its turn, whether there is one, and the values that go from turn to turn.</summary>
/// <remarks>(trips i64?, condition bool?, first…) → (turn i64 [], going bool [], carried…), any type but text; a carried value has type, layout and shape of its
/// first. Attribute trips: the most turns as an expression of the input shapes; the first input is absent then. Stands right before the steps of the body, and runs
/// once: <see cref="Loop"/>, behind them, writes what it made anew after each turn. Nothing but the body and the loop reads that.</remarks>
public sealed unsafe class Turn : Operator, IOperator<Turn>
{
    /// <summary>Outputs before the carried values.</summary>
    internal const int FirstCarried = 2;

    private readonly Dimension? _trips;

    private Turn(Dimension? trips) => _trips = trips;

    /// <inheritdoc/>
    public static Turn Read(StepAttributes attributes) => new(Trips(attributes));

    /// <summary>The most turns where the input shapes decide them; else null.</summary>
    internal static Dimension? Trips(StepAttributes attributes) => attributes.Find("trips") is null ? null
        : attributes.Dimensions("trips") is [{ } only] ? only : throw new FormatException("Attribute trips is not one number");

    internal override void Check(in StepRules rules)
    {
        int carried = rules.OutputCount - FirstCarried;
        StepRules.Require(carried >= 0 && rules.InputCount <= FirstCarried + carried, "it has not as many first values as carried ones");
        CheckTrips(rules, _trips);
        if (rules.Has(1)) rules.Input(1).IsLike(ElementType.Bool).IsPlain().HasCount(1);
        CheckState(rules.Output(0), rules.Output(1));
        for (int c = FirstCarried; c < rules.OutputCount; c++)
        {
            RuleTensor value = rules.Output(c).IsSized();
            rules.Input(c).IsLike(value.Type).HasLayout(value.Layout).HasShape(value.Shape);
        }
    }

    /// <summary>The most turns are an attribute, input 0 or not known.</summary>
    internal static void CheckTrips(in StepRules rules, Dimension? trips)
    {
        if (trips is not null) rules.Evaluate(trips);
        if (!rules.Has(0)) return;
        StepRules.Require(trips is null, "its turns are counted twice");
        rules.Input(0).IsLike(ElementType.Int64).IsPlain().HasCount(1);
    }

    internal static void CheckState(RuleTensor turn, RuleTensor going)
    {
        turn.IsLike(ElementType.Int64).IsPlain().HasShape();
        going.IsLike(ElementType.Bool).IsPlain().HasShape();
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => _trips is null ? default : new(State: shapes.Evaluate(_trips));

    internal override void Run(in StepArguments arguments)
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs, outputs = arguments.Outputs;
        bool any = Most(arguments.State, inputs) > 0 && (inputs.Length < 2 || inputs[1].Data == null || *inputs[1].Data != 0);
        *outputs[0].I64 = 0;
        *outputs[1].Data = any ? (byte)1 : (byte)0;
        for (int c = FirstCarried; c < outputs.Length; c++) Copy(inputs[c], outputs[c].Data);
    }

    /// <summary>The most turns; as many as there are numbers where nothing says.</summary>
    internal static long Most(object? state, ReadOnlySpan<TensorView> inputs) => state is long known ? known
        : inputs.Length > 0 && inputs[0].Data != null ? *inputs[0].I64 : long.MaxValue;

    /// <summary>Copies a value; what is there already stays.</summary>
    internal static void Copy(in TensorView from, byte* to)
    {
        long bytes = ByteLength(from);
        if (bytes > 0 && from.Data != to) Buffer.MemoryCopy(from.Data, to, bytes, bytes);
    }

    internal static long ByteLength(in TensorView view) => view.StoredLength * ElementTypes.ByteLength(view.Type);
}
