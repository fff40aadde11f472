using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <summary>One caller's workspace on a model. Used by one thread at a time; any number of sessions share the model's weights.</summary>
/// <remarks>Nothing is allocated by <see cref="SetInput{T}(int, ReadOnlySpan{T})"/>, <see cref="Run()"/> and
/// <see cref="GetOutput{T}"/> once the session has run for the same input shapes; where the data decides lengths, for the same lengths.</remarks>
public sealed unsafe partial class ModelSession : IDisposable
{
    /// <summary>Spare bytes behind workspace and scratch; none where tests watch the ends.</summary>
    private static readonly int s_spare = NativeArena.Guard is null ? 256 : 0;
    private readonly Lr2vqModel _model;
    private readonly Network _network;
    private readonly List<ShapePlan> _plans = [];
    private readonly SessionInputs _inputs;
    private readonly ThreadTeam? _team;
    private NativeArena? _memory, _scratchMemory;
    private PinnedMemory? _outputs;
    private byte* _workspace, _scratch;
    private long _workspaceBytes, _scratchBytes;
    private int _memoryVersion, _busy, _step;
    private ShapePlan? _current;
    private CancellationToken _cancellation;
    private bool _hasRun, _disposed;

    /// <summary>Makes a session. Its memory is allocated when it runs first.</summary>
    /// <param name="model">The model; the session keeps what it needs of it alive, even when the model is disposed.</param>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public ModelSession(Lr2vqModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _network = model.AddSession();
        _inputs = new SessionInputs(model.InputShapes, _network.InputValues.Length);
        if (model.Options.Threads > 1) _team = new ThreadTeam(model.Options.Threads);
    }

    /// <summary>Sees every step; null, the default, costs nothing.</summary>
    internal StepObserver? Observer { get; set; }

    /// <summary>Every value has memory of its own, so that all are there after a run.</summary>
    internal bool KeepsValues { get; init; }

    internal bool IsUsable => !_disposed && Volatile.Read(ref _busy) == 0;

    internal Lr2vqModel Model => _model;

    internal int StepCount => _network.Steps.Length;

    /// <summary>Copies an input into the session; its shape follows from its length. The input keeps its values over several runs.</summary>
    /// <typeparam name="T">The input's element type.</typeparam>
    /// <param name="index">Index of the input.</param>
    /// <param name="values">Row-major values.</param>
    /// <exception cref="ArgumentException">The type or the length is wrong, or the shape does not follow from the length.</exception>
    public void SetInput<T>(int index, ReadOnlySpan<T> values) where T : unmanaged
    {
        Enter();
        try
        {
            PortTypes.Check<T>(PortTypes.Port(_network.Plan.Inputs, index));
            Span<int> dimensions = _inputs.DimensionsOf(index), found = stackalloc int[dimensions.Length];
            if (_inputs.IsSet(index) && PortTypes.Length(dimensions) == values.Length) dimensions.CopyTo(found);
            else _model.InputShapes.FromLength(index, values.Length, found);
            Store(index, MemoryMarshal.AsBytes(values));
            found.CopyTo(dimensions);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Copies an input of a given shape into the session. The input keeps its values over several runs.</summary>
    /// <typeparam name="T">The input's element type.</typeparam>
    /// <param name="index">Index of the input.</param>
    /// <param name="values">Row-major values.</param>
    /// <param name="shape">The dimensions.</param>
    /// <exception cref="ArgumentException">The type, the shape or the length is wrong.</exception>
    public void SetInput<T>(int index, ReadOnlySpan<T> values, ReadOnlySpan<int> shape) where T : unmanaged
    {
        Enter();
        try
        {
            PlanPort port = PortTypes.Port(_network.Plan.Inputs, index);
            PortTypes.Check<T>(port);
            SetBytes(port, index, MemoryMarshal.AsBytes(values), shape);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Says how many elements of an output the caller has room for, so that a wrong number is found before anything is computed.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <param name="length">Elements of the destination that <see cref="GetOutput{T}"/> will be given.</param>
    /// <exception cref="ArgumentException">The type or the length is wrong, the data decides the length, or the input shapes do not fit each other or the
    /// network.</exception>
    /// <exception cref="InvalidOperationException">An input was never set.</exception>
    /// <exception cref="InvalidArtifactException">The network cannot be computed for any input of this shape.</exception>
    public void ExpectOutput<T>(int index, int length) where T : unmanaged
    {
        Enter();
        try
        {
            PortTypes.Check<T>(PortTypes.Port(_network.Plan.Outputs, index));
            UsePlan();
            if (_current!.HasSize(index)) throw Undecided(index);
            CheckLength(index, _current.Output(index).Length, length);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Computes the outputs.</summary>
    /// <exception cref="InvalidOperationException">An input was never set.</exception>
    /// <exception cref="ArgumentException">The input shapes do not fit each other or the network, would need more than
    /// <see cref="SessionOptions.MaxMemory"/>, an index among the input values is outside what it points into, or a step cannot take as many as an
    /// earlier one found in the data.</exception>
    /// <exception cref="InvalidArtifactException">The network cannot be computed for any input.</exception>
    public void Run() => Run(default);

    /// <summary>Computes the outputs, as <see cref="Run()"/> does.</summary>
    /// <param name="cancellationToken">Ends the run between two steps; the session can be used again.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            UsePlan();
            _cancellation = cancellationToken;
            long start = _model.HasMetrics ? ModelMetrics.Start() : 0;
            RunFrom(0);
            ModelMetrics.Stop(start, _model);
        }
        finally
        {
            Leave();
        }
        GC.KeepAlive(this);
    }

    /// <summary>Copies an output of the last run.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <param name="destination">As long as the output.</param>
    /// <exception cref="ArgumentException">The type or the length is wrong.</exception>
    /// <exception cref="InvalidOperationException">The session has not run since its inputs were set.</exception>
    public void GetOutput<T>(int index, Span<T> destination) where T : unmanaged
    {
        Enter();
        try
        {
            ReadOnlySpan<T> values = View<T>(index);
            CheckLength(index, values.Length, destination.Length);
            values.CopyTo(destination);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>An output of the last run where it lies; the next <c>SetInput</c> or <see cref="Run()"/> may write over it. The span keeps its
    /// memory alive, also when the session is disposed or collected.</summary>
    /// <typeparam name="T">The output's element type.</typeparam>
    /// <param name="index">Index of the output.</param>
    /// <exception cref="ArgumentException">The type is wrong.</exception>
    /// <exception cref="InvalidOperationException">The session has not run since its inputs were set.</exception>
    public ReadOnlySpan<T> Output<T>(int index) where T : unmanaged
    {
        Enter();
        try
        {
            return View<T>(index);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The dimensions of an output in the last run.</summary>
    /// <param name="index">Index of the output.</param>
    /// <exception cref="InvalidOperationException">The session has not run since its inputs were set.</exception>
    public ReadOnlySpan<int> OutputShape(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        PortTypes.Port(_network.Plan.Outputs, index);
        return LastPlan().OutputShapes[index];
    }

    /// <summary>Frees the workspace.</summary>
    /// <exception cref="InvalidOperationException">Another thread is using the session.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        Enter();
        _disposed = true;
        _plans.Clear();
        _current = null;
        _team?.Dispose();
        _memory?.Dispose();
        _scratchMemory?.Dispose();
        _outputs = null;
        _inputs.Clear();
        CountMemory();
        _model.RemoveSession();
        Leave();
    }

    internal void RunStep(int number)
    {
        // Only Run hands out runners, so a plan is current and the session is not disposed.
        _step = number;
        _cancellation.ThrowIfCancellationRequested();
        if (_current!.Follow(number - 1)) ReserveScratch(_current);
        _current.Run(number - 1, _scratch, _team, Observer);
    }

    /// <param name="number">The first step; 0 for all, in the order of the model's class.</param>
    private void RunFrom(int number)
    {
        _hasRun = false;
        ThreadBudget.Enter();
        try
        {
            if (number == 0) _model.ExecuteSteps(new StepRunner(this));
            else for (; number <= StepCount; number++) RunStep(number);
        }
        catch (IndexOutsideException problem)
        {
            throw _current!.Refusal.OfIndex(_step - 1, problem);
        }
        finally
        {
            ThreadBudget.Leave(1);
            _cancellation = default;
        }
        _hasRun = true;
    }

    private void SetBytes(PlanPort port, int index, ReadOnlySpan<byte> values, ReadOnlySpan<int> shape)
    {
        PortTypes.CheckShape(port, values.Length / ElementTypes.ByteLength(port.Type), shape);
        Store(index, values);
        shape.CopyTo(_inputs.DimensionsOf(index));
    }

    private void Store(int index, ReadOnlySpan<byte> values) => values.CopyTo(Room(index, values.Length));

    /// <summary>Room for an input. Outputs of the last run end here: they may lie in an input.</summary>
    private Span<byte> Room(int index, int length)
    {
        _hasRun = false;
        Span<byte> room = _inputs.Room(index, length, out bool moves);
        if (!moves) return room;
        _memoryVersion++;
        CountMemory();
        return room;
    }

    /// <summary>Makes the plan for the present input shapes the current one.</summary>
    private void UsePlan()
    {
        if (_current is null || !_current.Dimensions.AsSpan().SequenceEqual(_inputs.Dimensions)) FindPlan();
        ShapePlan plan = _current!;
        if (plan.MemoryVersion == _memoryVersion) return;
        plan.Place(_workspace, _outputs!.Data, _inputs.Data, _memoryVersion);
    }

    private void FindPlan()
    {
        if (_inputs.FirstMissing is >= 0 and var missing) throw new InvalidOperationException($"Input '{_network.Plan.Inputs[missing].Name}' was not set");
        _hasRun = false;
        _current = MakePlan();
    }

    /// <summary>Plans for input shapes that are likely, so that the first run need not.</summary>
    internal void Prepare(ReadOnlySpan<int> dimensions)
    {
        dimensions.CopyTo(_inputs.Dimensions);
        MakePlan();
    }

    /// <summary>The plan for the present input shapes, one of those kept or a new one; its memory is there.</summary>
    private ShapePlan MakePlan()
    {
        ShapePlan? plan = null;
        for (int i = 0; i < _plans.Count && plan is null; i++)
            if (_plans[i].Dimensions.AsSpan().SequenceEqual(_inputs.Dimensions))
            {
                plan = _plans[i];
                _plans.RemoveAt(i);
            }
        plan ??= new ShapePlan(_network, _model.InputShapes, _inputs.Dimensions, _team?.Threads ?? 1, _model.Options, KeepsValues);
        Reserve(plan);
        CountMemory();
        if (_plans.Count == _model.Options.CachedShapes) _plans.RemoveAt(_plans.Count - 1);
        _plans.Insert(0, plan);
        return plan;
    }

    private ReadOnlySpan<T> View<T>(int index) where T : unmanaged
    {
        PortTypes.Check<T>(PortTypes.Port(_network.Plan.Outputs, index));
        ref readonly TensorView view = ref LastPlan().Output(index);
        return Rooted<T>(index, view, checked((int)view.Length));
    }

    /// <summary>An output in memory that the span keeps alive.</summary>
    private ReadOnlySpan<T> Rooted<T>(int index, in TensorView view, int count) where T : unmanaged => count == 0
        ? []
        : _current!.PlaceOfOutput(index) is >= 0 and var input ? _inputs.Memory(input).View<T>(view.Data, count)
        : _current.Constant(index) is { } constant ? constant.View<T>(constant.Data, count)
        : _outputs!.View<T>(view.Data, count);

    private void CheckLength(int index, long length, int given)
    {
        if (length == given) return;
        string empty = length == 0 && _inputs.FirstEmpty is >= 0 and var input ? $", because the input '{_network.Plan.Inputs[input].Name}' is empty" : "";
        throw new ArgumentException(FormattableString.Invariant(
            $"Output '{_network.Plan.Outputs[index].Name}' [{string.Join(",", _current!.OutputShapes[index])}] has {length} elements{empty}; the destination has {given}"));
    }

    private ArgumentException Undecided(int index) => new(FormattableString.Invariant(
        $"How long the output '{_network.Plan.Outputs[index].Name}' [{string.Join(",", _network.Plan.Outputs[index].Shape)}] is depends on the data: take it from a session after a run, or call Compute of the class"));

    private ShapePlan LastPlan() =>
        _hasRun ? _current! : throw new InvalidOperationException("The session has no outputs: it has not run since its inputs were set");

    private void Enter()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
            throw new InvalidOperationException("Two threads use one session at the same time. Give each thread its own session");
        if (_disposed)
        {
            Leave();
            throw new ObjectDisposedException(nameof(ModelSession));
        }
    }

    private void Leave() => Volatile.Write(ref _busy, 0);
}
