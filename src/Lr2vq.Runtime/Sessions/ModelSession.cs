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

/// <summary>One caller's workspace on a model that the run time computes. Used by one thread at a time; any number of sessions share the model's weights.</summary>
/// <remarks>Nothing is allocated by <see cref="BackendSession.SetInput{T}(int, ReadOnlySpan{T})"/>, <see cref="BackendSession.Run()"/> and
/// <see cref="BackendSession.GetOutput{T}"/> once the session has run for the same input shapes; where the data decides lengths, for the same lengths.</remarks>
public sealed unsafe partial class ModelSession : BackendSession
{
    /// <summary>Spare bytes behind workspace and scratch; none where tests watch the ends.</summary>
    private static readonly int s_spare = NativeArena.Guard is null ? 256 : 0;
    private readonly Lr2vqModel _model;
    private readonly Network _network;
    private readonly List<ShapePlan> _plans = [];
    private readonly ThreadTeam? _team;
    private NativeArena? _memory;
    private ScratchMemory? _scratch;
    private PinnedMemory? _outputs;
    private byte* _workspace;
    private long _workspaceBytes;
    private int _memoryVersion, _step;
    private ShapePlan? _current;
    private CancellationToken _cancellation;

    /// <summary>Makes a session. Its memory is allocated when it runs first.</summary>
    /// <param name="model">The model; the session keeps what it needs of it alive, even when the model is disposed.</param>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public ModelSession(Lr2vqModel model) : base(model)
    {
        _model = model;
        _network = model.Network;
        if (model.Options.Threads > 1) _team = new ThreadTeam(model.Options.Threads);
    }

    /// <summary>Sees every step; null, the default, costs nothing.</summary>
    internal StepObserver? Observer { get; set; }

    /// <summary>Every value has memory of its own, so that all are there after a run.</summary>
    internal bool KeepsValues { get; init; }

    internal Lr2vqModel Model => _model;

    internal int StepCount => _network.Steps.Length;

    /// <summary>Runs a step; where it ends a turn of a loop, also all that is left of the loop.</summary>
    internal void RunStep(int number)
    {
        if (!RunOnce(number)) return;
        // The number of the first step behind the Turn.
        int first = _network.Steps[number - 1].Turn + 2;
        do
            for (int inner = first; inner < number; inner++) RunStep(inner);
        while (RunOnce(number));
    }

    private bool RunOnce(int number)
    {
        // Only Run hands out runners, so a plan is current and the session is not disposed.
        _step = number;
        _cancellation.ThrowIfCancellationRequested();
        if (_current!.Follow(number - 1)) ReserveScratch(_current);
        return _current.Run(number - 1, _scratch!.Start, _team, Observer);
    }

    /// <param name="number">The first step; 0 for all, in the order of the model's class.</param>
    private void RunFrom(int number)
    {
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
    }

    /// <summary>Makes the plan for the present input shapes the current one.</summary>
    private protected override void Ready()
    {
        if (_current is null || !_current.Dimensions.AsSpan().SequenceEqual(Inputs.Dimensions)) FindPlan();
        ShapePlan plan = _current!;
        if (plan.MemoryVersion == _memoryVersion) return;
        plan.Place(_workspace, _outputs!.Data, Inputs.Data, _memoryVersion);
    }

    private void FindPlan()
    {
        RequireInputs();
        HasRun = false;
        _current = MakePlan();
    }

    /// <summary>Plans for input shapes that are likely, so that the first run need not.</summary>
    internal void Prepare(ReadOnlySpan<int> dimensions)
    {
        dimensions.CopyTo(Inputs.Dimensions);
        MakePlan();
    }

    /// <summary>The plan for the present input shapes, one of those kept or a new one; its memory is there.</summary>
    private ShapePlan MakePlan()
    {
        ShapePlan? plan = null;
        for (int i = 0; i < _plans.Count && plan is null; i++)
            if (_plans[i].Dimensions.AsSpan().SequenceEqual(Inputs.Dimensions))
            {
                plan = _plans[i];
                _plans.RemoveAt(i);
            }
        plan ??= new ShapePlan(_network, _model.InputShapes, Inputs.Dimensions, _team?.Threads ?? 1, _model.Options, KeepsValues);
        Reserve(plan);
        CountMemory();
        if (_plans.Count == _model.Options.CachedShapes) _plans.RemoveAt(_plans.Count - 1);
        _plans.Insert(0, plan);
        return plan;
    }

    private protected override void Compute(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        RunFrom(0);
    }

    private protected override void Placed(int index, int length, bool moved, bool reshaped)
    {
        if (moved) _memoryVersion++;
    }

    private protected override ReadOnlySpan<int> ExpectedShape(int index) => _current!.HasSize(index) ? throw Undecided(index) : _current.OutputShapes[index];

    private protected override ReadOnlySpan<int> ShapeOf(int index) => _current!.OutputShapes[index];

    private protected override PinnedMemory Locate(int index, out byte* data)
    {
        data = _current!.Output(index).Data;
        if (_current.PlaceOfOutput(index) is >= 0 and var input) return Inputs.Memory(input);
        if (_current.Constant(index) is not { } constant) return _outputs!;
        data = constant.Data;
        return constant;
    }

    private protected override void Free()
    {
        _plans.Clear();
        _current = null;
        _team?.Dispose();
        _memory?.Dispose();
        if (!_isStepped) _scratch?.Dispose();
        _outputs = null;
    }

    private ArgumentException Undecided(int index) => new(FormattableString.Invariant(
        $"How long the output '{_network.Plan.Outputs[index].Name}' [{string.Join(",", _network.Plan.Outputs[index].Shape)}] is depends on the data: take it from a session after a run, or call Compute of the class"));
}
