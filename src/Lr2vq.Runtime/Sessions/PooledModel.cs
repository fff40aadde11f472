using System;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <summary>A loaded network that lends sessions to its callers: the base of the models of each back end.</summary>
/// <typeparam name="TSession">What computes a call.</typeparam>
public abstract class PooledModel<TSession> : BackendModel where TSession : BackendSession
{
    private TSession? _prepared;

    private protected PooledModel(SessionOptions options) : base(options) => Pool = new SessionPool<TSession>(this);

    /// <summary>The sessions that <see cref="Rent"/> lends.</summary>
    internal SessionPool<TSession> Pool { get; }

    internal sealed override int Waiting => Pool.Waiting;

    /// <inheritdoc/>
    public sealed override bool WarmUp()
    {
        if (InputShapes.Usual is not { } dimensions) return false;
        TSession session = Rent();
        try
        {
            session.SetZeros(dimensions);
            session.Run();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
        finally
        {
            Return(session);
        }
    }

    /// <summary>A session of the pool; give it back with <see cref="Return"/>. Blocks while <see cref="SessionOptions.MaxSessions"/> are in use.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed, perhaps while the caller waited.</exception>
    protected TSession Rent() => Pool.Rent();

    /// <summary>A session of the pool, without blocking a thread; give it back with <see cref="Return"/>. Whoever awaits it goes on on a thread of the
    /// thread pool.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be awaited once.</returns>
    /// <exception cref="ObjectDisposedException">The model is disposed, perhaps while the caller waited.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    protected ValueTask<TSession> RentAsync(CancellationToken cancellationToken) => Pool.RentAsync(cancellationToken);

    /// <summary>A session that belongs to the caller and never was in use.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    protected TSession NewSession()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return Interlocked.Exchange(ref _prepared, null) ?? Make();
    }

    /// <summary>Gives a session back to the pool.</summary>
    /// <param name="session">A session that <see cref="Rent"/> gave; not used any more by the caller.</param>
    protected void Return(TSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Owner != this) throw new ArgumentException("The session belongs to another model", nameof(session));
        Pool.Return(session);
    }

    internal TSession NewPooledSession() => NewSession();

    /// <summary>Keeps a session for the first who asks for one.</summary>
    private protected void Prepare(TSession session) => _prepared = session;

    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    private protected abstract TSession Make();

    private protected sealed override void CloseSessions()
    {
        Pool.Close();
        Interlocked.Exchange(ref _prepared, null)?.Dispose();
    }
}
