using System;
using System.Threading;
using Lr2vq.Operators;
using Lr2vq.Sessions;

namespace Lr2vq.Calibration;

/// <summary>Ends a run between two steps.</summary>
internal sealed class CancelObserver(CancellationToken token) : StepObserver
{
    public override void Before(int step, ReadOnlySpan<TensorView> inputs) => token.ThrowIfCancellationRequested();
}
