using System;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <content>For tools: a run in pieces, with a look at the values between them.</content>
public sealed unsafe partial class ModelSession
{
    /// <summary>The memory that steps compute in comes with <see cref="RunSteps"/>.</summary>
    private bool _isStepped;

    /// <summary>Makes everything ready for <see cref="RunSteps"/> with the inputs that are set.</summary>
    internal void BeginSteps()
    {
        Enter();
        try
        {
            _isStepped = true;
            Ready();
            HasRun = false;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Computes some steps, after all before them.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="last">Number of the last.</param>
    /// <param name="scratch">What they compute in: of many sessions, those that run now need some.</param>
    internal void RunSteps(int first, int last, ScratchMemory scratch)
    {
        Enter();
        try
        {
            _scratch = scratch;
            ReserveScratch(_current!);
            for (int number = first; number <= last; number++) RunStep(number);
        }
        catch (IndexOutsideException problem)
        {
            throw _current!.Refusal.OfIndex(_step - 1, problem);
        }
        finally
        {
            _scratch = null;
            Leave();
        }
    }

    /// <summary>Inputs of a step, as they are now.</summary>
    internal ReadOnlySpan<TensorView> InputsOf(int number) => _current!.InputsOf(number - 1);

    /// <summary>Outputs of a step, as they are now.</summary>
    internal ReadOnlySpan<TensorView> OutputsOf(int number) => _current!.OutputsOf(number - 1);
}
