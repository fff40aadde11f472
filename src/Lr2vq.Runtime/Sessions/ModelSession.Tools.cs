using System;
using Lr2vq.Codecs;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <content>For tools: one weight in another form with only the steps that it changes.</content>
public sealed unsafe partial class ModelSession
{
    /// <summary>Computes steps again, on the values that earlier runs left; wants <see cref="KeepsValues"/> and a run before.</summary>
    /// <param name="number">The first of the steps; all later ones follow.</param>
    internal void RunAgain(int number)
    {
        Enter();
        try
        {
            if (_current is null) throw new InvalidOperationException("The session has not run");
            HasRun = false;
            RunFrom(FirstTurnOf(number));
            HasRun = true;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The number of the Turn of the outermost loop that a step is in; its own for most.</summary>
    private int FirstTurnOf(int number)
    {
        NetworkStep step = _network.Steps[number - 1];
        int first = step.Turn >= 0 ? step.Turn : number - 1;
        for (StepGuard? guard = step.Guard; guard is not null; guard = guard.Outer)
            if (guard.IsBody) first = _network.Steps[guard.Chooser].Turn;
        return first + 1;
    }

    /// <summary>Lets this session read a weight in another form, in all steps, while its inputs keep their shapes. One weight at a time.</summary>
    /// <param name="value">Index of the weight's value.</param>
    /// <param name="weight">The other form; null for the network's own again.</param>
    /// <param name="memory">What it needs besides; lives until the network's own is back.</param>
    internal void Substitute(int value, WeightTensor? weight, NativeArena memory)
    {
        ShapePlan plan = _current ?? throw new InvalidOperationException("The session has no inputs");
        NetworkValue own = _network.Values[value];
        for (int s = 0; s < _network.Steps.Length; s++)
        {
            NetworkStep step = _network.Steps[s];
            int input = Array.IndexOf(step.Inputs, value);
            if (input >= 0 && step.Taken[input]) plan.Substitute(s, weight is null ? step.Operator : NetworkBinder.Make(_network, step, own, weight, memory));
        }
        if (own.Dense != null)
        {
            byte* dense = own.Dense;
            if (weight is not null) DenseOrder.Decode(weight, (float*)(dense = memory.Allocate(sizeof(float) * PortTypes.Length(own.WeightShape))));
            plan.Substitute(value, dense);
        }
        ReserveScratch(plan);
    }
}
