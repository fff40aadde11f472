using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What LSTM, GRU and RNN rely on alike.</summary>
internal static class RecurrentRules
{
    private static readonly WeightRole[] Roles = [WeightRole.Gemm];

    /// <summary>Checks the products of the inputs [T, B, gates·H] and the sequence of results [T, B, H].</summary>
    /// <param name="lengths">The input that says how long each sequence is, where it is there; the others are f32.</param>
    public static (Extent Batch, Extent Hidden) Check(in StepRules rules, int gates, int activations, int given, int lengths)
    {
        StepRules.Require(given >= activations, FormattableString.Invariant($"it has {given} activations"));
        rules.Plain();
        for (int i = 0; i < Math.Min(lengths, rules.InputCount); i++)
            if (rules.Has(i)) rules.Input(i).IsLike(ElementType.Float32);
        if (rules.Has(lengths)) DataRules.Numbers(rules, lengths, rules.Input(0)[1]);
        for (int o = 0; o < rules.OutputCount; o++) rules.Output(o).IsLike(ElementType.Float32);
        RuleTensor x = rules.Input(0).HasRank(3), y = rules.Output(0).HasRank(3);
        Extent batch = x[1], hidden = y[2];
        StepRules.Within(hidden, 0, StepRules.MostReach / 8, "the length of the state");
        x.HasShape(x[0], batch, hidden * gates);
        y.HasShape(x[0], batch, hidden);
        return (batch, hidden);
    }

    /// <summary>A weight [gates·H, H].</summary>
    public static void Weight(in StepRules rules, int input, int gates, Extent hidden) =>
        rules.Input(input).HasRole(Roles).HasShape(hidden * gates, hidden);

    /// <summary>A state in which it begins.</summary>
    public static void Initial(in StepRules rules, int input, Extent batch, Extent hidden)
    {
        if (rules.Has(input)) rules.Input(input).HasShape(batch, hidden);
    }

    /// <summary>A last state.</summary>
    public static void Last(in StepRules rules, int output, Extent batch, Extent hidden) => rules.Output(output).HasShape(batch, hidden);
}
