using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace Lr2vq.Sessions;

/// <summary>A caller of <see cref="SessionPool{TSession}"/> who waits for a session: blocked, or as a <see cref="ValueTask{TResult}"/> that goes on on a thread of the
/// pool. Used again and again, so that a wait allocates nothing.</summary>
internal sealed class SessionWaiter<TSession> : IValueTaskSource<TSession>, IThreadPoolWorkItem where TSession : BackendSession
{
    private readonly SessionPool<TSession> _pool;
    // Not readonly: these are structs with state.
    private ManualResetValueTaskSourceCore<TSession> _source;
    private CancellationTokenRegistration _registration;
    private Decision _decision;
    private TSession? _session;
    private bool _isAsync, _isAwake;

    public SessionWaiter(SessionPool<TSession> pool)
    {
        _pool = pool;
        Node = new LinkedListNode<SessionWaiter<TSession>>(this);
    }

    private enum Decision
    {
        None,
        Granted,
        Cancelled,
        Closed,
    }

    /// <summary>Its place among those who wait.</summary>
    public LinkedListNode<SessionWaiter<TSession>> Node { get; }

    /// <summary>True once the wait is over. This and the following are called under the lock of the pool.</summary>
    public bool IsDecided => _decision != Decision.None;

    /// <param name="session">Null: the caller makes one.</param>
    public void Grant(TSession? session) => (_decision, _session) = (Decision.Granted, session);

    public void Cancel() => _decision = Decision.Cancelled;

    public void Close() => _decision = Decision.Closed;

    /// <summary>Lets the caller see the decision; outside of the lock.</summary>
    public void Wake()
    {
        if (_isAsync)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }
        lock (Node)
        {
            _isAwake = true;
            Monitor.Pulse(Node);
        }
    }

    /// <summary>Waits for the decision.</summary>
    public TSession Block()
    {
        lock (Node)
            while (!_isAwake) Monitor.Wait(Node);
        try
        {
            return Session();
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Begins on a thread of the pool: whoever asks is never made to compute, however soon there is a session.</summary>
    public ValueTask<TSession> Start(CancellationToken cancellationToken)
    {
        _isAsync = true;
        short version = _source.Version;
        _registration = cancellationToken.UnsafeRegister(static waiter => ((SessionWaiter<TSession>)waiter!)._pool.Cancel((SessionWaiter<TSession>)waiter), this);
        Wake();
        return new ValueTask<TSession>(this, version);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (!_pool.Admit(this)) return;
        TSession session;
        try
        {
            session = Session();
        }
        catch (Exception e)
        {
            _source.SetException(e);
            return;
        }
        _source.SetResult(session);
    }

    TSession IValueTaskSource<TSession>.GetResult(short token)
    {
        // Refuses who awaits twice, before anything is reset.
        _ = _source.GetStatus(token);
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Never done when it is asked, or an await would go on on the asking thread.</summary>
    ValueTaskSourceStatus IValueTaskSource<TSession>.GetStatus(short token)
    {
        _ = _source.GetStatus(token);
        return ValueTaskSourceStatus.Pending;
    }

    void IValueTaskSource<TSession>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private TSession Session() => _decision switch
    {
        Decision.Granted => _session ?? _pool.Make(),
        Decision.Cancelled => throw new OperationCanceledException(_registration.Token),
        _ => throw _pool.Closed(),
    };

    private void Reset()
    {
        // Waits for a cancellation under way, which must not meet the next caller.
        _registration.Dispose();
        _registration = default;
        _source.Reset();
        (_decision, _session, _isAsync, _isAwake) = (Decision.None, null, false, false);
        _pool.Keep(this);
    }
}
