using System;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>What a step inside a branch or the body of a loop waits for: that its <see cref="If"/> takes that branch, that its <see cref="Loop"/> has another turn.
/// These steps stand in the list of all, right before the step that chooses, those of then first; a <see cref="Turn"/> stands before a body.</summary>
internal sealed class StepGuard
{
    /// <summary>More branches inside branches than any network has.</summary>
    public const int MostDepth = 64;

    private StepGuard(int chooser, bool isThen, int condition, Dimension? on, StepGuard? outer, bool isBody = false)
    {
        (Chooser, IsThen, Condition, On, Outer, IsBody) = (chooser, isThen, condition, on, outer, isBody);
        (Depth, IsFound) = ((outer?.Depth ?? 0) + 1, on is { HasSize: true });
    }

    /// <summary>Index of the If or Loop.</summary>
    public int Chooser { get; }

    /// <summary>Which of its branches this is; true for a body.</summary>
    public bool IsThen { get; }

    /// <summary>The value that decides; −1 where an expression does.</summary>
    public int Condition { get; }

    /// <summary>The condition where input shapes and sizes decide it.</summary>
    public Dimension? On { get; }

    /// <summary>True where <see cref="On"/> names sizes: each run decides.</summary>
    public bool IsFound { get; }

    /// <summary>True for the body of a loop.</summary>
    public bool IsBody { get; }

    /// <summary>The branch or body around this one.</summary>
    public StepGuard? Outer { get; }

    private int Depth { get; }

    /// <summary>Gives the steps inside branches their guards.</summary>
    /// <returns>What is wrong with the Plan; null if nothing is: nothing outside of a branch reads what it makes, but the step that chooses.</returns>
    /// <exception cref="FormatException">An attribute cannot be read.</exception>
    public static string? Assign(NetworkStep[] steps, NetworkValue[] values, int[] outputs)
    {
        bool any = false;
        // The outermost comes first: it stands behind what it holds.
        for (int s = steps.Length - 1; s >= 0; s--)
        {
            NetworkStep step = steps[s];
            if (step.Plan.Operator == nameof(Loop))
            {
                if (AssignBody(steps, s) is { } problem) return problem;
                any = true;
            }
            if (step.Plan.Operator != nameof(If)) continue;
            any = true;
            (int count, int other) = If.Branches(step.Plan.Attributes);
            Dimension? on = If.Condition(step.Plan.Attributes);
            int condition = step.Inputs.Length > 0 ? step.Inputs[0] : -1;
            if (count < 0 || other < 0 || count > s - other || (condition < 0) != (on is not null))
                return FormattableString.Invariant($"step {s + 1} chooses between {count} and {other} steps by nothing that is known");
            StepGuard positive = new(s, true, condition, on, step.Guard), negative = new(s, false, condition, on, step.Guard);
            if (positive.Depth > MostDepth) return TooDeep(s);
            step.Choice = positive;
            for (int i = s - other - count; i < s; i++)
            {
                if (steps[i].Guard != step.Guard) return Crossing(i);
                steps[i].Guard = i < s - other ? positive : negative;
            }
        }
        return any ? Unreachable(steps, values, outputs) ?? ReadOutside(steps, values, outputs) : null;
    }

    /// <summary>The loop writes what its Turn made, so that is all that it may be given.</summary>
    private static string? AssignBody(NetworkStep[] steps, int loop)
    {
        NetworkStep step = steps[loop];
        int body = Loop.Body(step.Plan.Attributes), first = loop - body - 1, carried = Loop.Carried(step.Inputs.Length, step.Outputs.Length);
        if (body < 0 || first < 0 || carried < 0 || steps[first] is not { Plan.Operator: nameof(Turn) } turn || turn.Outputs.Length != Turn.FirstCarried + carried
            || !step.Inputs.AsSpan(1, 2).SequenceEqual(turn.Outputs.AsSpan(0, 2)) || !step.Inputs.AsSpan(Loop.FirstCarried, carried).SequenceEqual(turn.Outputs.AsSpan(Turn.FirstCarried)))
            return FormattableString.Invariant($"step {loop + 1} repeats {body} steps without what a Turn before them made");
        bool mayHaveNone = turn.Inputs.Length > 1 && turn.Inputs[1] >= 0;
        if (mayHaveNone && step.Outputs.Length > carried && step.Plan.Size is null) return FormattableString.Invariant($"step {loop + 1} stacks turns that there may not be");
        var guard = new StepGuard(loop, true, step.Inputs[2], null, step.Guard, isBody: true);
        if (guard.Depth > MostDepth) return TooDeep(loop);
        if (turn.Guard != step.Guard) return Crossing(first);
        for (int i = first + 1; i < loop; i++)
        {
            if (steps[i].Guard != step.Guard) return Crossing(i);
            steps[i].Guard = guard;
        }
        step.Turn = first;
        return null;
    }

    private static string TooDeep(int step) => FormattableString.Invariant($"step {step + 1} lies in more than {MostDepth} branches");

    private static string Crossing(int step) => FormattableString.Invariant($"step {step + 1} lies in two branches that do not hold each other");

    /// <summary>Says where something outside of a loop reads what changes with its turns.</summary>
    private static string? ReadOutside(NetworkStep[] steps, NetworkValue[] values, int[] outputs)
    {
        int[] ends = new int[steps.Length];
        for (int s = 0; s < steps.Length; s++)
            if (steps[s].Turn >= 0) ends[steps[s].Turn] = s;
        for (int s = 0; s < steps.Length; s++)
            foreach (int input in steps[s].Inputs)
                if (input >= 0 && values[input].Step is >= 0 and var maker && ends[maker] is > 0 and var end && s > end)
                    return FormattableString.Invariant($"step {s + 1} reads what changes with the turns of step {end + 1}");
        foreach (int output in outputs)
            if (values[output].Step is >= 0 and var maker && ends[maker] > 0) return FormattableString.Invariant($"an output changes with the turns of step {ends[maker] + 1}");
        return null;
    }

    /// <summary>Says where something is read that may not have been computed.</summary>
    private static string? Unreachable(NetworkStep[] steps, NetworkValue[] values, int[] outputs)
    {
        for (int s = 0; s < steps.Length; s++)
            for (int i = 0; i < steps[s].Inputs.Length; i++)
                if (steps[s].Inputs[i] is >= 0 and var input && values[input].Step is >= 0 and var maker && !IsMade(steps[maker].Guard, s, i, steps[s]))
                    return FormattableString.Invariant($"step {s + 1} reads what step {maker + 1} makes in a branch");
        for (int s = 0; s < steps.Length; s++)
            foreach (int size in steps[s].Needs)
                if (Array.FindIndex(steps, step => step.Size == size) is var finder && !IsKnown(steps[finder].Guard, steps[s].Guard))
                    return FormattableString.Invariant($"step {s + 1} needs what step {finder + 1} finds in a turn");
        for (int s = 0; s < steps.Length; s++)
            if (steps[s].Choice is { IsFound: true } choice)
                foreach (string size in Dimension.SizesIn(choice.On!.ToString()))
                    if (Array.FindIndex(steps, step => step.Plan.Size?.Identifier == size) is var finder && (finder < 0 || IsInside(steps[finder].Guard, s)))
                        return FormattableString.Invariant($"step {s + 1} chooses by the size {size}, which is not found before its branches");
        foreach (int output in outputs)
            if (values[output].Step is >= 0 and var maker && steps[maker].Guard is not null) return FormattableString.Invariant($"an output is made by step {maker + 1} in a branch");
        return null;
    }

    /// <summary>Whether a size has a number where a step runs: 0 in a branch that is not taken, but none outside of turns.</summary>
    private static bool IsKnown(StepGuard? finder, StepGuard? inner)
    {
        for (; finder is not null; finder = finder.Outer)
            if (finder.IsBody && !finder.Holds(inner)) return false;
        return true;
    }

    private static bool IsInside(StepGuard? guard, int chooser)
    {
        for (; guard is not null; guard = guard.Outer)
            if (guard.Chooser == chooser) return true;
        return false;
    }

    /// <summary>Whether input <paramref name="input"/> of a step is there when the step runs.</summary>
    private static bool IsMade(StepGuard? maker, int index, int input, NetworkStep step)
    {
        if (maker is null || maker.Holds(step.Guard)) return true;
        return maker.Chooser == index && (maker.IsBody || input > 0 && maker.IsThen == If.IsOfThen(input, step.Outputs.Length));
    }

    private bool Holds(StepGuard? inner)
    {
        for (; inner is not null; inner = inner.Outer)
            if (inner == this) return true;
        return false;
    }
}
