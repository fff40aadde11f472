using System;
using Lr2vq.Operators;
using Lr2vq.Sessions;

namespace Lr2vq.Testing;

/// <summary>Calls an action after each step.</summary>
internal sealed class SeenSteps(SeenSteps.Action action) : StepObserver
{
    private TensorView[] _inputs = [];
    private int _count;

    /// <param name="number">The step's number, from 1.</param>
    /// <param name="inputs">Its inputs; an output may have been written over one.</param>
    /// <param name="outputs">Its outputs.</param>
    public delegate void Action(int number, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs);

    public override void Before(int step, ReadOnlySpan<TensorView> inputs)
    {
        if (inputs.Length > _inputs.Length) _inputs = new TensorView[inputs.Length];
        inputs.CopyTo(_inputs);
        _count = inputs.Length;
    }

    public override void After(int step, ReadOnlySpan<TensorView> outputs) => action(step, _inputs.AsSpan(0, _count), outputs);
}
