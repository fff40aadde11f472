using System;
using System.Threading;
using System.Threading.Tasks;

namespace Lr2vq.Tests.Sessions;

/// <summary>What generated classes of one input and one output have of their base, for <see cref="PredictingModel"/>.</summary>
internal interface IPredictingModel<TSession> where TSession : BackendSession
{
    /// <summary>Lengths of the input and the output, compared with what the network says.</summary>
    void CheckLengths(int x, int y);

    TSession Take();

    ValueTask<TSession> TakeAsync(CancellationToken cancellationToken);

    void GiveBack(TSession session);
}

/// <summary>What the generator would write for a network of one input and one output, whatever computes it.</summary>
internal static class PredictingModel
{
    public static void Predict<TSession>(this IPredictingModel<TSession> model, ReadOnlySpan<float> x, Span<float> y) where TSession : BackendSession
    {
        model.CheckLengths(x.Length, y.Length);
        Run(model, model.Take(), x, y, default);
    }

    public static async ValueTask PredictAsync<TSession>(this IPredictingModel<TSession> model, ReadOnlyMemory<float> x, Memory<float> y, CancellationToken cancellationToken)
        where TSession : BackendSession
    {
        model.CheckLengths(x.Length, y.Length);
        Run(model, await model.TakeAsync(cancellationToken).ConfigureAwait(false), x.Span, y.Span, cancellationToken);
    }

    private static void Run<TSession>(IPredictingModel<TSession> model, TSession session, ReadOnlySpan<float> x, Span<float> y, CancellationToken cancellationToken) where TSession : BackendSession
    {
        try
        {
            session.SetInput(0, x);
            session.Run(cancellationToken);
            session.GetOutput(0, y);
        }
        finally
        {
            model.GiveBack(session);
        }
    }
}
