using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX If: what one of two branches made, whichever was taken.</summary>
/// <remarks>(condition, then…, else…) → (y…), any type but text; a value of either branch has type, layout and shape of its result. Attributes then,
/// else: of the steps right before this one so many belong to each branch, those of then first. They are computed only where their branch is taken, so nothing
/// else reads what they make; a size that they find is 0 where it is not. on: the condition as an expression of the input shapes and of sizes found before the branches,
/// above 0 for then; the first input is absent then, and the rules of the other branch do not count, so lengths may differ.</remarks>
public sealed unsafe class If : Operator, IOperator<If>
{
    private static readonly object s_then = true, s_else = false;

    private readonly Dimension? _on;

    private If(Dimension? on) => _on = on;

    /// <inheritdoc/>
    public static If Read(StepAttributes attributes) => new(Condition(attributes));

    internal override int InPlaceInput => 1;

    /// <summary>The condition where input shapes or sizes decide it; else null.</summary>
    internal static Dimension? Condition(StepAttributes attributes) => attributes.Find("on") is null ? null : attributes.Dimensions("on")[0];

    /// <summary>How many steps right before this one belong to the branches.</summary>
    internal static (int Then, int Else) Branches(StepAttributes attributes) => (attributes.Int("then", 0), attributes.Int("else", 0));

    /// <summary>Whether an input is a result of the branch of then; the others are the condition and those of else.</summary>
    internal static bool IsOfThen(int input, int outputs) => input > 0 && input <= outputs;

    internal override void Check(in StepRules rules)
    {
        int count = rules.OutputCount;
        StepRules.Require(count > 0 && rules.InputCount == 1 + 2 * count, "its branches do not make as many values as it has results");
        bool? taken = null;
        if (_on is not null) taken = rules.Evaluate(_on).Value > 0;
        else rules.Input(0).IsLike(ElementType.Bool).IsPlain().HasCount(1);
        for (int o = 0; o < count; o++)
        {
            RuleTensor y = rules.Output(o).IsSized();
            if (taken != false) rules.Input(1 + o).IsLike(y.Type).HasLayout(y.Layout).HasShape(y.Shape);
            if (taken != true) rules.Input(1 + count + o).IsLike(y.Type).HasLayout(y.Layout).HasShape(y.Shape);
        }
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => _on is null ? default : new(State: shapes.Evaluate(_on) > 0 ? s_then : s_else);

    internal override void Run(in StepArguments arguments)
    {
        int count = arguments.Outputs.Length;
        bool taken = arguments.State is bool known ? known : *arguments.Inputs[0].Data != 0;
        for (int o = 0; o < count; o++)
        {
            ref readonly TensorView x = ref arguments.Inputs[(taken ? 1 : 1 + count) + o], y = ref arguments.Outputs[o];
            long bytes = y.StoredLength * ElementTypes.ByteLength(y.Type);
            if (y.Data != null && x.Data != y.Data) Buffer.MemoryCopy(x.Data, y.Data, bytes, bytes);
        }
    }
}
