using System;
using System.Collections.Generic;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <content>Steps of branches that are not taken.</content>
internal sealed unsafe partial class ShapePlan
{
    /// <summary>Whether the branch of a step is taken in this run; whatever decides was computed before the branch.</summary>
    private bool IsTaken(int step, StepGuard? guard)
    {
        return !_dead[step] && IsTaken(guard);
    }

    /// <summary>The outermost comes first: where that is not taken, nothing is known of what is inside.</summary>
    private bool IsTaken(StepGuard? guard)
    {
        if (guard is null) return true;
        if (!IsTaken(guard.Outer)) return false;
        if (guard.Condition >= 0) return *_values[guard.Condition].Data != 0 == guard.IsThen;
        // Input shapes have decided already.
        return !guard.IsFound || Decide(guard) == guard.IsThen;
    }

    private bool Decide(StepGuard guard)
    {
        try
        {
            return _evaluate(guard.On!) > 0;
        }
        catch (ArgumentException e)
        {
            throw Refusal.Of(guard.Chooser, new StepRuleException(e.Message, guard.On));
        }
    }

    /// <summary>Whether the shape of an input matters to a step; that of a branch which is not taken may be none.</summary>
    private bool IsRead(int step, int input)
    {
        NetworkStep chooser = _network.Steps[step];
        if (chooser.Choice is not { IsFound: true } choice || input == 0) return true;
        return If.IsOfThen(input, chooser.Outputs.Length) == Decide(choice);
    }

    /// <summary>A branch that is not taken finds nothing: its sizes are 0, wherever they are named.</summary>
    private void Pass(int step)
    {
        if (_network.Steps[step].Plan.Size is { } size) Know(step, size.Identifier, 0);
    }

    private bool[] FindDead()
    {
        foreach (NetworkStep step in _network.Steps)
            if (step.Guard is not null) return FindDeadBranches();
        return new bool[_network.Steps.Length];
    }

    private bool[] FindDeadBranches()
    {
        bool[] found = new bool[_network.Steps.Length];
        Dictionary<StepGuard, bool> known = [];
        for (int s = 0; s < found.Length; s++)
            found[s] = _network.Steps[s].Guard is { } guard && IsDead(guard);
        return found;

        bool IsDead(StepGuard guard)
        {
            if (known.TryGetValue(guard, out bool dead)) return dead;
            return known[guard] = guard.Outer is { } outer && IsDead(outer) || guard is { IsFound: false, On: { } on } && IsOther(guard, on);
        }

        bool IsOther(StepGuard guard, Dimension on)
        {
            try
            {
                return ShapeRules.Evaluate([on], _symbols)[0] > 0 != guard.IsThen;
            }
            catch (StepRuleException problem)
            {
                throw Refusal.Of(guard.Chooser, problem);
            }
        }
    }
}
