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
        if (_dead[step]) return false;
        for (; guard is not null; guard = guard.Outer)
            if (guard.Condition >= 0 && *_values[guard.Condition].Data != 0 != guard.IsThen) return false;
        return true;
    }

    private bool[] FindDead()
    {
        bool[] found = new bool[_network.Steps.Length];
        Dictionary<StepGuard, bool> known = [];
        for (int s = 0; s < found.Length; s++)
            found[s] = _network.Steps[s].Guard is { } guard && IsDead(guard);
        return found;

        bool IsDead(StepGuard guard)
        {
            if (known.TryGetValue(guard, out bool dead)) return dead;
            return known[guard] = guard.Outer is { } outer && IsDead(outer) || guard.On is { } on && IsOther(guard, on);
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
