using System;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Lr2vq.Kernels;

/// <summary>The threads of a session: its caller and helpers, which start with the first work for several. Helpers wait a tenth of a millisecond
/// for more work, then block. Used by one caller at a time; nothing is allocated by a call.</summary>
/// <remarks>Every thread begins with neighbouring shares of its own, the same part of the work each time, so that it finds in its cache what it
/// wrote in the step before; then it takes from the ends of what others have left.</remarks>
internal sealed unsafe class ThreadTeam : IDisposable
{
    private readonly Crew _crew;
    private bool _started;

    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _crew = new Crew(threads);
    }

    /// <summary>Helpers know only the crew: a session that nobody disposed ends them too.</summary>
    ~ThreadTeam() => _crew.Stop();

    /// <summary>The caller and its helpers.</summary>
    public int Threads => _crew.Helpers.Length + 1;

    /// <summary>Does all shares, here and on helpers that come in time, and returns when all are done.</summary>
    /// <exception cref="Exception">What the first share that failed threw.</exception>
    public void Run(IShared work, void* call, int phase, int shares)
    {
        // All at once, even if none is free to help now: later calls start nothing.
        if (shares > 1 && !_started)
        {
            _crew.Start();
            _started = true;
        }
        int helpers = shares > 1 ? ThreadBudget.Take(Math.Min(Threads, shares) - 1) : 0;
        if (helpers == 0)
        {
            for (int share = 0; share < shares; share++) work.Share(call, phase, share, 0);
            return;
        }
        try
        {
            _crew.Run(work, call, phase, shares, helpers);
        }
        finally
        {
            ThreadBudget.Leave(helpers);
        }
        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        _crew.Stop();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the threads share.</summary>
    private sealed class Crew
    {
        private IShared? _work;
        private void* _call;
        private int _phase, _threads;
        private Isa _isa;
        private Exception? _failure;
        private readonly Left[] _left;

        public Crew(int threads)
        {
            Helpers = new Helper[threads - 1];
            for (int i = 0; i < Helpers.Length; i++) Helpers[i] = new Helper(this, i + 1);
            _left = new Left[threads];
        }

        public Helper[] Helpers { get; }

        public void Run(IShared work, void* call, int phase, int shares, int helpers)
        {
            (_work, _phase, _threads, _isa) = (work, phase, helpers + 1, Lanes.Isa);
            _call = call;
            for (int i = 0; i < _threads; i++) _left[i].Set((int)((long)shares * i / _threads), (int)((long)shares * (i + 1) / _threads));
            for (int i = 0; i < helpers; i++) Helpers[i].Assign();
            Shares(0);
            for (int i = 0; i < helpers; i++) Helpers[i].Finish();
            _work = null;
            if (_failure is not { } failure) return;
            _failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }

        public void HelperShares(int slot)
        {
            using Lanes.Forced forced = Lanes.Force(_isa);
            Shares(slot);
        }

        public void Start()
        {
            foreach (Helper helper in Helpers) helper.Start();
        }

        public void Stop()
        {
            foreach (Helper helper in Helpers) helper.Stop();
        }

        private void Shares(int slot)
        {
            try
            {
                while (_left[slot].TakeFirst(out int share)) _work!.Share(_call, _phase, share, slot);
                for (int other = 0; other < _threads; other++)
                    while (_left[other].TakeLast(out int share)) _work!.Share(_call, _phase, share, slot);
            }
            catch (Exception e)
            {
                // The caller throws it, once nobody uses its stack any more; what is left to do is not begun.
                Interlocked.CompareExchange(ref _failure, e, null);
                for (int i = 0; i < _threads; i++) _left[i].Set(0, 0);
            }
        }
    }

    /// <summary>Shares that nobody has begun, in cache lines of their own.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Left
    {
        /// <summary>The first share, and above it the one after the last.</summary>
        private long _range;

        public void Set(int first, int end) => Volatile.Write(ref _range, Range(first, end));

        public bool TakeFirst(out int share)
        {
            while (true)
            {
                long range = Volatile.Read(ref _range);
                (share, int end) = ((int)range, (int)(range >> 32));
                if (share >= end) return false;
                if (Interlocked.CompareExchange(ref _range, Range(share + 1, end), range) == range) return true;
            }
        }

        public bool TakeLast(out int share)
        {
            while (true)
            {
                long range = Volatile.Read(ref _range);
                (int first, share) = ((int)range, (int)(range >> 32) - 1);
                if (first > share) return false;
                if (Interlocked.CompareExchange(ref _range, Range(first, share), range) == range) return true;
            }
        }

        private static long Range(int first, int end) => (uint)first | (long)end << 32;
    }

    /// <summary>A thread beside the caller's.</summary>
    private sealed class Helper(Crew crew, int slot)
    {
        private const int Idle = 0, Assigned = 1, Working = 2, Stopped = 3;
        /// <summary>About 100 µs: a thread may take that much longer for its last share than others. Short pauses, because virtual machines take a
        /// processor away that pauses for long.</summary>
        private const int Spins = 2500, SpinLength = 1;

        private readonly object _gate = new();
        private int _state;
        private int _asleep;
        private Thread? _thread;

        public void Start()
        {
            Thread thread = new(Loop) { IsBackground = true, Name = "Lr2vq helper" };
            try
            {
                thread.Start();
                _thread = thread;
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                // The caller does without.
            }
        }

        /// <summary>Gives the helper the crew's present work.</summary>
        public void Assign()
        {
            if (_thread is null || Interlocked.CompareExchange(ref _state, Assigned, Idle) != Idle) return;
            if (Volatile.Read(ref _asleep) == 0) return;
            lock (_gate) Monitor.Pulse(_gate);
        }

        /// <summary>Takes back the work if the helper has not begun; otherwise waits for it.</summary>
        public void Finish()
        {
            if (Interlocked.CompareExchange(ref _state, Idle, Assigned) != Working) return;
            SpinWait wait = default;
            while (Volatile.Read(ref _state) == Working) wait.SpinOnce(sleep1Threshold: -1);
        }

        /// <summary>Ends the thread, which has nothing to do.</summary>
        public void Stop()
        {
            Interlocked.Exchange(ref _state, Stopped);
            lock (_gate) Monitor.Pulse(_gate);
        }

        private void Loop()
        {
            while (Wait())
            {
                if (Interlocked.CompareExchange(ref _state, Working, Assigned) != Assigned) continue;
                crew.HelperShares(slot);
                Interlocked.CompareExchange(ref _state, Idle, Working);
            }
        }

        /// <returns>False if the thread shall end.</returns>
        private bool Wait()
        {
            for (int i = 0; i < Spins; i++)
            {
                int state = Volatile.Read(ref _state);
                if (state != Idle) return state != Stopped;
                Thread.SpinWait(SpinLength);
            }
            lock (_gate)
            {
                // Who assigns looks at _asleep after writing _state; here it is the other way round.
                Interlocked.Exchange(ref _asleep, 1);
                while (Volatile.Read(ref _state) == Idle) Monitor.Wait(_gate);
                Interlocked.Exchange(ref _asleep, 0);
            }
            return Volatile.Read(ref _state) != Stopped;
        }
    }
}
