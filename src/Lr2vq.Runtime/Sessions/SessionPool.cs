using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Lr2vq.Sessions;

/// <summary>The sessions that a model lends: as many as were in use at once, at most <see cref="SessionOptions.MaxSessions"/>. Who finds none waits, and who
/// came first is served first. Sessions that nobody needed for <see cref="SessionOptions.IdleTimeout"/> give their memory back, but for one.</summary>
internal sealed class SessionPool<TSession>(PooledModel<TSession> model) where TSession : BackendSession
{
    private const int MostKeptWaiters = 256;
    private readonly object _lock = new();
    private readonly int _most = model.Options.MaxSessions;
    private readonly TimeSpan _timeout = model.Options.IdleTimeout;
    /// <summary>The one that came last is lent first, so that those in front are the ones not needed.</summary>
    private readonly List<TSession> _idle = [];
    /// <summary>Null until somebody has to wait.</summary>
    private LinkedList<SessionWaiter<TSession>>? _waiting;
    private Stack<SessionWaiter<TSession>>? _kept;
    private Timer? _timer;
    /// <summary>Sessions that are idle, lent or being made; and how few were idle since the timer was set.</summary>
    private int _count, _leastIdle;
    private bool _isTimed, _isClosed;

    /// <summary>Sessions that are idle or lent.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    /// <summary>Callers without a session.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _waiting?.Count ?? 0;
        }
    }

    /// <summary>A session; blocks while there is none.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed, or was while the caller waited.</exception>
    public TSession Rent()
    {
        SessionWaiter<TSession>? waiter = null;
        TSession? session;
        lock (_lock)
        {
            ThrowIfClosed();
            if (!TryTake(out session)) Enqueue(waiter = Waiter());
        }
        return waiter is not null ? waiter.Block() : session ?? Make();
    }

    /// <summary>A session, on a thread of the pool; nobody is blocked while there is none.</summary>
    public ValueTask<TSession> RentAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<TSession>(cancellationToken);
        SessionWaiter<TSession> waiter;
        lock (_lock)
        {
            ThrowIfClosed();
            waiter = Waiter();
        }
        return waiter.Start(cancellationToken);
    }

    /// <summary>Takes a session back, or hands it to the first who waits.</summary>
    public void Return(TSession session)
    {
        SessionWaiter<TSession>? next = null;
        bool isKept;
        lock (_lock)
        {
            isKept = !_isClosed && session.IsUsable;
            if (isKept && (next = Dequeue()) is not null)
            {
                next.Grant(session);
            }
            else if (isKept)
            {
                _idle.Add(session);
                SetTimer();
            }
        }
        next?.Wake();
        if (isKept) return;
        try
        {
            session.Dispose();
        }
        finally
        {
            GiveUp();
        }
    }

    /// <summary>Decides on an asynchronous caller whose turn it is.</summary>
    /// <returns>False if he has to wait.</returns>
    public bool Admit(SessionWaiter<TSession> waiter)
    {
        lock (_lock)
        {
            if (waiter.IsDecided) return true;
            if (_isClosed) waiter.Close();
            else if (TryTake(out TSession? session)) waiter.Grant(session);
            else Enqueue(waiter);
            return waiter.IsDecided;
        }
    }

    /// <summary>Ends a wait, unless it has ended already.</summary>
    public void Cancel(SessionWaiter<TSession> waiter)
    {
        bool waited;
        lock (_lock)
        {
            if (waiter.IsDecided) return;
            waited = waiter.Node.List is not null;
            if (waited) _waiting!.Remove(waiter.Node);
            waiter.Cancel();
        }
        if (waited) waiter.Wake();
    }

    /// <summary>A new session in the place that was taken for it.</summary>
    public TSession Make()
    {
        try
        {
            return model.NewPooledSession();
        }
        catch
        {
            GiveUp();
            throw;
        }
    }

    /// <summary>Takes a waiter back that nobody refers to any more.</summary>
    public void Keep(SessionWaiter<TSession> waiter)
    {
        lock (_lock)
        {
            _kept ??= new();
            if (_kept.Count < MostKeptWaiters) _kept.Push(waiter);
        }
    }

    /// <summary>Frees what nobody needed since this was called before; but for one, so that the next call finds a session that is ready.</summary>
    public void Trim()
    {
        TSession[] spare;
        lock (_lock)
        {
            int count = Math.Max(0, Math.Min(_leastIdle, _count - 1));
            spare = [.. _idle.GetRange(0, count)];
            _idle.RemoveRange(0, count);
            _count -= count;
            _leastIdle = _idle.Count;
            _isTimed = false;
            SetTimer();
        }
        foreach (TSession session in spare) session.Dispose();
    }

    /// <summary>Frees the sessions, those in use as they come back. Who waits gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Close()
    {
        List<SessionWaiter<TSession>> waiting = [];
        TSession[] idle;
        lock (_lock)
        {
            _isClosed = true;
            _timer?.Dispose();
            while (Dequeue() is { } waiter)
            {
                waiter.Close();
                waiting.Add(waiter);
            }
            idle = [.. _idle];
            _idle.Clear();
            _count -= idle.Length;
        }
        foreach (SessionWaiter<TSession> waiter in waiting) waiter.Wake();
        foreach (TSession session in idle) session.Dispose();
    }

    /// <summary>A place is free again.</summary>
    private void GiveUp()
    {
        SessionWaiter<TSession>? next;
        lock (_lock)
        {
            next = Dequeue();
            if (next is null) _count--;
            else next.Grant(null);
        }
        next?.Wake();
    }

    /// <param name="session">Null if the caller may make one.</param>
    private bool TryTake(out TSession? session)
    {
        session = null;
        // Sessions are handed to those who wait, so whoever comes now finds none.
        if (_idle.Count > 0)
        {
            session = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            _leastIdle = Math.Min(_leastIdle, _idle.Count);
            return true;
        }
        if (_count >= _most) return false;
        _count++;
        return true;
    }

    private SessionWaiter<TSession> Waiter() => _kept is not null && _kept.TryPop(out SessionWaiter<TSession>? waiter) ? waiter : new SessionWaiter<TSession>(this);

    private void Enqueue(SessionWaiter<TSession> waiter) => (_waiting ??= new()).AddLast(waiter.Node);

    private SessionWaiter<TSession>? Dequeue()
    {
        SessionWaiter<TSession>? first = _waiting?.First?.Value;
        if (first is not null) _waiting!.RemoveFirst();
        return first;
    }

    /// <summary>What those who wait get when the model ends.</summary>
    public ObjectDisposedException Closed() => new(model.GetType().FullName);

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, model);

    /// <summary>No timer runs while there is nothing to free.</summary>
    private void SetTimer()
    {
        if (_isTimed || _isClosed || _count < 2 || _idle.Count == 0 || _timeout == Timeout.InfiniteTimeSpan) return;
        _isTimed = true;
        _leastIdle = _idle.Count;
        _timer ??= NewTimer();
        _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
    }

    private Timer NewTimer()
    {
        // What is local to the caller's flow has no business in it.
        bool flows = !ExecutionContext.IsFlowSuppressed();
        if (flows) ExecutionContext.SuppressFlow();
        try
        {
            // Weakly, so that a model that nobody disposed is collected.
            return new Timer(static pool => { if (((WeakReference<SessionPool<TSession>>)pool!).TryGetTarget(out SessionPool<TSession>? alive)) alive.Trim(); },
                new WeakReference<SessionPool<TSession>>(this), Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            if (flows) ExecutionContext.RestoreFlow();
        }
    }
}
