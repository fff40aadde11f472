using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Loop, and Scan: the end of a turn. Where there is another one, the session computes the steps of the body again.</summary>
/// <remarks>(trips i64?, turn i64 [], going bool [], more bool?, carried…, next…, stacked…) → (last…, stacks [length, ..]…), any type but text. The inputs turn, going and
/// carried are what a <see cref="Turn"/> makes, and are the only values of a Plan that are written twice. A next value has type, layout and shape of its carried one. Attributes body: of the
/// steps right before this one so many are the body, and in front of them stands the Turn; trips: the most turns as an expression of the input shapes (input 0 is absent
/// then), which stacks need; finds=1: how many turns there were is a size, the length of the stacks. Without it the condition is never false, and the length is trips.</remarks>
public sealed unsafe class Loop : Operator, IOperator<Loop>
{
    /// <summary>Inputs before the carried values.</summary>
    internal const int FirstCarried = 4;

    private readonly Dimension? _trips;
    private readonly bool _finds;

    private Loop(Dimension? trips, bool finds) => (_trips, _finds) = (trips, finds);

    /// <inheritdoc/>
    public static Loop Read(StepAttributes attributes) => new(Turn.Trips(attributes), attributes.Flag("finds"));

    internal override bool FindsSize => _finds;

    internal override int InPlaceInput => FirstCarried;

    /// <summary>How many steps right before this one are its body.</summary>
    internal static int Body(StepAttributes attributes) => attributes.Int("body", 0);

    /// <summary>How many values go from turn to turn.</summary>
    internal static int Carried(int inputs, int outputs) => inputs - FirstCarried - outputs;

    internal override void Check(in StepRules rules)
    {
        int carried = Carried(rules.InputCount, rules.OutputCount), stacks = rules.OutputCount - carried;
        StepRules.Require(carried >= 0 && stacks >= 0, "its body does not make as many values as it has results");
        Turn.CheckTrips(rules, _trips);
        Turn.CheckState(rules.Input(1), rules.Input(2));
        if (rules.Has(3)) rules.Input(3).IsLike(ElementType.Bool).IsPlain().HasCount(1);
        for (int c = 0; c < carried; c++)
        {
            RuleTensor value = rules.Output(c).IsSized();
            rules.Input(FirstCarried + c).IsLike(value.Type).HasLayout(value.Layout).HasShape(value.Shape);
            rules.Input(FirstCarried + carried + c).IsLike(value.Type).HasLayout(value.Layout).HasShape(value.Shape);
        }
        StepRules.Require(_finds ? stacks > 0 : stacks == 0 || !rules.Has(3), "how long its stacks are does not follow from what ends it");
        if (stacks == 0) return;
        StepRules.Require(_trips is not null, "nothing says how long its stacks are");
        Extent length = rules.Evaluate(_trips!);
        for (int s = 0; s < stacks; s++)
        {
            RuleTensor element = rules.Input(FirstCarried + 2 * carried + s).IsSized().IsPlain();
            rules.Output(carried + s).IsLike(element.Type).IsPlain().HasShape([length, .. element.Shape]);
        }
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int carried = Carried(shapes.Inputs.Length, shapes.Outputs.Length);
        long bytes = 0;
        // What is next may be what another value was: all are read before one is written.
        if (carried > 1)
            for (int c = 0; c < carried; c++) bytes += Aligned(Turn.ByteLength(shapes.Inputs[FirstCarried + carried + c]));
        return new(bytes, _trips is null ? null : shapes.Evaluate(_trips));
    }

    internal override void Run(in StepArguments arguments)
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs, outputs = arguments.Outputs;
        int carried = Carried(inputs.Length, outputs.Length), next = FirstCarried + carried, stacked = next + carried;
        long* turn = inputs[1].I64;
        byte* going = inputs[2].Data;
        long most = Turn.Most(arguments.State, inputs);
        // It may lie where the next values go.
        bool goesOn = inputs[3].Data == null || *inputs[3].Data != 0;
        if (*going != 0 && *turn < most)
        {
            for (int s = carried; s < outputs.Length; s++)
            {
                ref readonly TensorView element = ref inputs[stacked + s - carried];
                Turn.Copy(element, outputs[s].Data + *turn * Turn.ByteLength(element));
            }
            Carry(inputs.Slice(FirstCarried, carried), inputs.Slice(next, carried), arguments.Scratch);
            bool again = ++*turn < most && goesOn;
            *going = again ? (byte)1 : (byte)0;
            if (again) return;
        }
        *going = 0;
        if (_finds) *arguments.Size = *turn;
        for (int c = 0; c < carried; c++) Turn.Copy(inputs[FirstCarried + c], outputs[c].Data);
    }

    /// <summary>The next values become those that the next turn begins with.</summary>
    private static void Carry(ReadOnlySpan<TensorView> carried, ReadOnlySpan<TensorView> next, byte* scratch)
    {
        if (carried.Length == 1)
        {
            Turn.Copy(next[0], carried[0].Data);
            return;
        }
        bool any = false;
        for (int c = 0; c < carried.Length && !any; c++)
            for (int d = 0; d < carried.Length && !any; d++) any = c != d && next[c].Data == carried[d].Data;
        if (!any)
        {
            for (int c = 0; c < carried.Length; c++) Turn.Copy(next[c], carried[c].Data);
            return;
        }
        byte* place = scratch;
        for (int c = 0; c < carried.Length; c++)
        {
            Turn.Copy(next[c], place);
            place += Aligned(Turn.ByteLength(next[c]));
        }
        for (int c = 0; c < carried.Length; c++)
        {
            long bytes = Turn.ByteLength(carried[c]);
            Buffer.MemoryCopy(scratch, carried[c].Data, bytes, bytes);
            scratch += Aligned(bytes);
        }
    }

    private static long Aligned(long bytes) => bytes + 63 & -64;
}
