using System;
using Lr2vq.Operators;

namespace Lr2vq.Sessions;

/// <summary>Sees the values of every step of a run. What it throws ends the run.</summary>
/// <remarks>Steps have their numbers in the Plan, from 1. Values are where the step reads or writes them, in the layout of the view (perhaps blocked),
/// and only while the method runs: later steps write over them. The data of a weight that the operator took is null.</remarks>
internal abstract class StepObserver
{
    /// <summary>Called before a step runs. Its outputs may lie in the memory of an input.</summary>
    /// <param name="step">The step's number.</param>
    /// <param name="inputs">The step's inputs.</param>
    public virtual void Before(int step, ReadOnlySpan<TensorView> inputs)
    {
    }

    /// <summary>Called after a step ran.</summary>
    /// <param name="step">The step's number.</param>
    /// <param name="outputs">The step's outputs.</param>
    public virtual void After(int step, ReadOnlySpan<TensorView> outputs)
    {
    }
}
