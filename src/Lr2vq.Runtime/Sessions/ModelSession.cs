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
/// <remarks>Nothing is allocated by <see cref="SetInput{T}(int, ReadOnlySpan{T})"/>, <see cref="Run"/> and
/// <see cref="GetOutput{T}"/> once the session has run for the same input shapes.</remarks>
public sealed unsafe class ModelSession : IDisposable
{
    /// <summary>Spare bytes behind an input, and a quarter of those behind workspace and scratch; none where tests watch the ends.</summary>
    private static readonly int s_spare = NativeArena.Guard is null ? 64 : 0;
    private readonly Lr2vqModel _model;
    private readonly Network _network;
    private readonly List<ShapePlan> _plans = [];
    private readonly int[] _dimensions;
    private readonly bool[] _isSet;
    private readonly byte*[] _inputs;
    private readonly NativeArena?[] _inputMemory;
    private readonly long[] _inputCapacity;
    private readonly ThreadTeam? _team;
    private NativeArena? _memory;
    private byte* _workspace, _scratch;
    private long _workspaceBytes, _scratchBytes;
    private int _memoryVersion, _busy;
    private ShapePlan? _current;
    private bool _hasRun, _disposed;

    /// <summary>Makes a session. Its memory is allocated when it runs first.</summary>
    /// <param name="model">The model; the session keeps what it needs of it alive, even when the model is disposed.</param>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public ModelSession(Lr2vqModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _network = model.AddSession();
        int inputs = _network.InputValues.Length;
        _dimensions = new int[model.InputShapes.Starts[^1]];
        _isSet = new bool[inputs];
        _inputs = new byte*[inputs];
        _inputMemory = new NativeArena?[inputs];
        _inputCapacity = new long[inputs];
        if (model.Options.Threads > 1) _team = new ThreadTeam(model.Options.Threads);
    }

    /// <summary>Bytes of native memory that the session owns: inputs, workspace, scratch.</summary>
    internal long MemoryBytes
    {
        get
        {
            long bytes = _memory?.AllocatedBytes ?? 0;
            foreach (NativeArena? arena in _inputMemory) bytes += arena?.AllocatedBytes ?? 0;
            return bytes;
        }
    }

    /// <summary>Called after each step; for calibration and tests.</summary>
    internal StepObserver? Observer { get; set; }

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
            CheckType<T>(Port(_network.Plan.Inputs, index));
            Span<int> dimensions = Dimensions(index), found = stackalloc int[dimensions.Length];
            if (_isSet[index] && Length(dimensions) == values.Length) dimensions.CopyTo(found);
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
            PlanPort port = Port(_network.Plan.Inputs, index);
            CheckType<T>(port);
            SetBytes(port, index, MemoryMarshal.AsBytes(values), shape);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Computes the outputs.</summary>
    /// <exception cref="InvalidOperationException">An input was never set.</exception>
    /// <exception cref="ArgumentException">The input shapes do not fit each other or the network.</exception>
    public void Run()
    {
        Enter();
        try
        {
            UsePlan();
            _hasRun = false;
            ThreadBudget.Enter();
            try
            {
                _model.ExecuteSteps(new StepRunner(this));
            }
            finally
            {
                ThreadBudget.Leave(1);
            }
            _hasRun = true;
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
            if (values.Length != destination.Length)
                throw new ArgumentException(FormattableString.Invariant(
                    $"Output '{_network.Plan.Outputs[index].Name}' [{string.Join(",", _current!.OutputShapes[index])}] has {values.Length} elements; the destination has {destination.Length}"),
                    nameof(destination));
            values.CopyTo(destination);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>An output of the last run where it lies; valid until the next
    /// <c>SetInput</c>, <see cref="Run"/> or <see cref="Dispose"/>.</summary>
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
        Port(_network.Plan.Outputs, index);
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
        foreach (NativeArena? arena in _inputMemory) arena?.Dispose();
        _model.RemoveSession();
        Leave();
    }

    internal void RunStep(int number)
    {
        // Only Run hands out runners, so a plan is current and the session is not disposed.
        _current!.Run(number - 1, _scratch, _team, Observer);
    }

    /// <summary>As <see cref="SetInput{T}(int, ReadOnlySpan{T}, ReadOnlySpan{int})"/> with the bytes of the values.</summary>
    internal void SetInputBytes(int index, ReadOnlySpan<byte> values, ReadOnlySpan<int> shape)
    {
        Enter();
        try
        {
            SetBytes(Port(_network.Plan.Inputs, index), index, values, shape);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The bytes of an output of the last run.</summary>
    internal ReadOnlySpan<byte> OutputBytes(int index)
    {
        Port(_network.Plan.Outputs, index);
        ref readonly TensorView view = ref LastPlan().Output(index);
        return new ReadOnlySpan<byte>(view.Data, checked((int)(view.Length * ElementTypes.ByteLength(view.Type))));
    }

    private static ElementType TypeOf<T>() where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return ElementType.Float32;
        if (typeof(T) == typeof(double)) return ElementType.Float64;
        if (typeof(T) == typeof(Half)) return ElementType.Float16;
        if (typeof(T) == typeof(sbyte)) return ElementType.Int8;
        if (typeof(T) == typeof(short)) return ElementType.Int16;
        if (typeof(T) == typeof(int)) return ElementType.Int32;
        if (typeof(T) == typeof(long)) return ElementType.Int64;
        if (typeof(T) == typeof(byte)) return ElementType.UInt8;
        if (typeof(T) == typeof(ushort)) return ElementType.UInt16;
        if (typeof(T) == typeof(uint)) return ElementType.UInt32;
        if (typeof(T) == typeof(ulong)) return ElementType.UInt64;
        if (typeof(T) == typeof(bool)) return ElementType.Bool;
        return ElementType.Undefined;
    }

    private static void CheckType<T>(PlanPort port) where T : unmanaged
    {
        ElementType type = TypeOf<T>();
        // There is no bfloat16 in .NET; its bits are passed.
        if (type != port.Type && !(type == ElementType.UInt16 && port.Type == ElementType.BFloat16))
            throw new ArgumentException($"'{port.Name}' has elements of type {port.Type}, not {typeof(T).Name}");
    }

    private static PlanPort Port(IReadOnlyList<PlanPort> ports, int index)
    {
        if ((uint)index >= (uint)ports.Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, FormattableString.Invariant($"The model has {ports.Count} of these"));
        return ports[index];
    }

    private static long Length(ReadOnlySpan<int> dimensions)
    {
        long length = 1;
        foreach (int dimension in dimensions) length = checked(length * dimension);
        return length;
    }

    private Span<int> Dimensions(int input)
    {
        int[] starts = _model.InputShapes.Starts;
        return _dimensions.AsSpan(starts[input], starts[input + 1] - starts[input]);
    }

    private void SetBytes(PlanPort port, int index, ReadOnlySpan<byte> values, ReadOnlySpan<int> shape)
    {
        Span<int> dimensions = Dimensions(index);
        bool fits = shape.Length == dimensions.Length;
        for (int d = 0; fits && d < shape.Length; d++)
            fits = shape[d] >= 0 && (!port.Shape[d].IsConstant || port.Shape[d].Value == shape[d]);
        if (!fits)
            throw new ArgumentException(
                $"Input '{port.Name}' has the shape [{string.Join(",", port.Shape)}], not [{string.Join(",", shape.ToArray())}]", nameof(shape));
        int size = ElementTypes.ByteLength(port.Type);
        if (Length(shape) * size != values.Length)
            throw new ArgumentException(FormattableString.Invariant(
                $"Input '{port.Name}' [{string.Join(",", shape.ToArray())}] has {Length(shape)} elements; {values.Length / size} were given"),
                nameof(values));
        Store(index, values);
        shape.CopyTo(dimensions);
    }

    /// <summary>Copies an input. Outputs of the last run end here: they may lie in an input.</summary>
    private void Store(int index, ReadOnlySpan<byte> values)
    {
        _hasRun = false;
        if (values.Length > _inputCapacity[index] || _inputMemory[index] is null)
        {
            NativeArena memory = new();
            byte* data = memory.Allocate(values.Length + s_spare);
            _inputMemory[index]?.Dispose();
            _inputMemory[index] = memory;
            _inputs[index] = data;
            _inputCapacity[index] = values.Length;
            _memoryVersion++;
        }
        values.CopyTo(new Span<byte>(_inputs[index], values.Length));
        _isSet[index] = true;
    }

    /// <summary>Makes the plan for the present input shapes the current one.</summary>
    private void UsePlan()
    {
        if (_current is null || !_current.Dimensions.AsSpan().SequenceEqual(_dimensions)) FindPlan();
        ShapePlan plan = _current!;
        if (plan.MemoryVersion == _memoryVersion) return;
        plan.Place(_workspace, _inputs, _memoryVersion);
    }

    private void FindPlan()
    {
        for (int i = 0; i < _isSet.Length; i++)
            if (!_isSet[i]) throw new InvalidOperationException($"Input '{_network.Plan.Inputs[i].Name}' was not set");
        _hasRun = false;
        _current = MakePlan();
    }

    /// <summary>Plans for input shapes that are likely, so that the first run need not.</summary>
    internal void Prepare(ReadOnlySpan<int> dimensions)
    {
        dimensions.CopyTo(_dimensions);
        MakePlan();
    }

    /// <summary>The plan for the present input shapes, one of those kept or a new one; its memory is there.</summary>
    private ShapePlan MakePlan()
    {
        ShapePlan? plan = null;
        for (int i = 0; i < _plans.Count && plan is null; i++)
            if (_plans[i].Dimensions.AsSpan().SequenceEqual(_dimensions))
            {
                plan = _plans[i];
                _plans.RemoveAt(i);
            }
        plan ??= new ShapePlan(_network, _model.InputShapes, _dimensions, _team?.Threads ?? 1);
        Reserve(plan);
        if (_plans.Count == _model.Options.CachedShapes) _plans.RemoveAt(_plans.Count - 1);
        _plans.Insert(0, plan);
        return plan;
    }

    /// <summary>Lets workspace and scratch be large enough. Both are zeroed once: kernels may read (not use) what no step has written.</summary>
    private void Reserve(ShapePlan plan)
    {
        if (_memory is not null && plan.WorkspaceBytes <= _workspaceBytes && plan.ScratchBytes <= _scratchBytes) return;
        long workspace = Math.Max(plan.WorkspaceBytes, _workspaceBytes), scratch = Math.Max(plan.ScratchBytes, _scratchBytes);
        _current = null;
        _memoryVersion++;
        _memory?.Dispose();
        _memory = new NativeArena();
        _workspace = _scratch = null;
        _workspaceBytes = _scratchBytes = -1;
        _workspace = _memory.Allocate(checked(workspace + 4 * s_spare));
        _scratch = _memory.Allocate(checked(scratch + 4 * s_spare));
        (_workspaceBytes, _scratchBytes) = (workspace, scratch);
    }

    private ReadOnlySpan<T> View<T>(int index) where T : unmanaged
    {
        CheckType<T>(Port(_network.Plan.Outputs, index));
        ref readonly TensorView view = ref LastPlan().Output(index);
        return new ReadOnlySpan<T>(view.Data, checked((int)view.Length));
    }

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
