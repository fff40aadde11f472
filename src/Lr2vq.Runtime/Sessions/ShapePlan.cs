using System;
using System.Collections.Generic;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>Everything that a session prepares for one set of input shapes: tensors of every step, places in the workspace, what operators
/// precomputed. After <see cref="Place"/> a run only reads it.</summary>
internal sealed unsafe partial class ShapePlan
{
    private const int OutputPlace = -3, FixedPlace = -2, WorkspacePlace = -1;
    private const int Alignment = 64;
    /// <summary>More than any machine has; sums of many times that stay in 64 bits.</summary>
    private const long MostMemory = 1L << 44;
    private readonly Network _network;
    private readonly TensorView[] _views;
    private readonly int[] _firstViews;
    private readonly object?[] _states;
    private readonly bool[] _skipped;
    /// <summary>Steps in branches that these input shapes do not take.</summary>
    private readonly bool[] _dead;
    /// <summary>Per value: the input it lies in, or one of the constants above; and the offset there.</summary>
    private readonly int[] _places;
    private readonly long[] _offsets;
    private readonly TensorView[] _values;
    /// <summary>Per value: the one whose memory it uses; itself for most.</summary>
    private readonly int[] _owners;
    private readonly SeparateValues? _separate = NativeArena.Guard is null ? null : new SeparateValues();
    private readonly PinnedMemory?[] _constants;
    /// <summary>Those of the network, or substitutes.</summary>
    private readonly Operator[] _operators;
    private readonly bool _keepsValues;
    private readonly Func<Dimension, long> _evaluate;
    private readonly int _threads;
    private readonly Dictionary<string, long> _symbols;
    /// <summary>Most bytes that the session may own.</summary>
    private readonly long _most;

    public ShapePlan(Network network, InputShapes inputs, ReadOnlySpan<int> dimensions, int threads, SessionOptions options, bool keepsValues = false)
    {
        (_network, _keepsValues) = (network, keepsValues);
        _operators = new Operator[network.Steps.Length];
        Dimensions = dimensions.ToArray();
        _symbols = inputs.Solve(dimensions);
        Refusal = new(network, inputs, Dimensions, _symbols);
        _values = new TensorView[network.Values.Length];
        _places = new int[_values.Length];
        _offsets = new long[_values.Length];
        _owners = new int[_values.Length];
        _dead = FindDead();
        if (network.Sizes.Length > 0) _ranges = SizeRanges();
        Describe();
        _roomBytes = network.Sizes.Length == 0 ? [] : LargestOfValues();

        _firstViews = new int[network.Steps.Length];
        _isStale = new bool[_firstViews.Length];
        int count = 0;
        for (int s = 0; s < _firstViews.Length; s++)
        {
            _firstViews[s] = count;
            _operators[s] = network.Steps[s].Operator;
            _isStale[s] = network.Steps[s].Needs.Length > 0;
            count += network.Steps[s].Inputs.Length + network.Steps[s].Outputs.Length;
        }
        _views = new TensorView[count];
        _states = new object?[_firstViews.Length];
        _skipped = new bool[_firstViews.Length];
        _tableBytes = new long[_firstViews.Length];
        _sizes = new long[network.Sizes.Length];
        ForgetFound();
        CopyToSteps();
        (_evaluate, _threads) = (dimension => InputShapes.Evaluate(dimension, _symbols), threads);
        // What needs sizes that are not found yet is checked when they are.
        for (int s = 0; s < _firstViews.Length; s++)
            if (!_isStale[s] && !_dead[s])
            {
                SetMost(s);
                CheckRules(s);
            }
        // Three times, so that no step goes beyond the limit: each value, all values, and what operators want.
        // Only tools keep values, and count before what that takes.
        _most = Math.Min(MostMemory, keepsValues ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : options.MemoryFor(network.Artifact.Length, InputBytes));
        CheckMemory(LargestBytes, _most);
        WorkspaceBytes = PlanWorkspace();
        CheckMemory(InputBytes + OutputBytes + WorkspaceBytes + TableBytes, _most);
        for (int s = 0; s < _firstViews.Length; s++)
            if (!_isStale[s]) Prepare(s);
        CheckMemory(checked(InputBytes + OutputBytes + WorkspaceBytes + TableBytes + ScratchBytes), _most);
        _constants = new PinnedMemory?[network.OutputValues.Length];
        OutputShapes = new int[network.OutputValues.Length][];
        for (int o = 0; o < OutputShapes.Length; o++) OutputShapes[o] = _values[network.OutputValues[o]].Shape;
    }

    /// <summary>Dimensions of all inputs, one after the other.</summary>
    public int[] Dimensions { get; }
    public long WorkspaceBytes { get; }
    public long ScratchBytes { get; private set; }
    /// <summary>Bytes of the memory that holds the outputs.</summary>
    public long OutputBytes { get; private set; }
    /// <summary>Bytes of what operators precompute.</summary>
    public long TableBytes { get; private set; }
    /// <summary>Says why something cannot be computed.</summary>
    public Refusal Refusal { get; }
    public int[][] OutputShapes { get; }
    /// <summary>The number of the session's memory that the tensors point into.</summary>
    public int MemoryVersion { get; private set; } = -1;

    public ref readonly TensorView Output(int index) => ref _values[_network.OutputValues[index]];

    /// <summary>The input that an output lies in; negative if it lies in memory of its own.</summary>
    public int PlaceOfOutput(int index) => _places[_network.OutputValues[index]];

    /// <summary>A copy of an output that is a weight; null for others.</summary>
    public PinnedMemory? Constant(int index)
    {
        int value = _network.OutputValues[index];
        if (_places[value] != FixedPlace) return null;
        if (_constants[index] is { } known) return known;
        long bytes = ShapeRules.Bytes(_values[value]);
        PinnedMemory copy = new(bytes);
        Buffer.MemoryCopy(_values[value].Data, copy.Data, bytes, bytes);
        return _constants[index] = copy;
    }

    /// <summary>Lets all tensors point into the memory of a session.</summary>
    public void Place(byte* workspace, byte* outputs, byte*[] inputs, int memoryVersion)
    {
        MemoryVersion = memoryVersion;
        if (_separate is not null) ForgetSizes();
        for (int v = 0; v < _values.Length; v++)
            if (_places[v] >= 0) _values[v].Data = inputs[_places[v]];
            else if (_places[v] == FixedPlace) continue;
            else if (_separate is not null) _values[v].Data = _separate.BlockOf(_owners[v], RoomOf(_owners[v]));
            else _values[v].Data = (_places[v] == OutputPlace ? outputs : workspace) + _offsets[v];
        CopyToSteps();
    }

    /// <returns>True if the step is the end of a loop's turn and there is another one.</returns>
    public bool Run(int step, byte* scratch, ThreadTeam? team, StepObserver? observer)
    {
        if (_network.Steps[step].Guard is { } guard && !IsTaken(step, guard))
        {
            Pass(step);
            return false;
        }
        ReadOnlySpan<TensorView> inputs = InputsOf(step), outputs = OutputsOf(step);
        observer?.Before(step + 1, inputs);
        long size = 0;
        if (!_skipped[step]) _operators[step].Run(new StepArguments(inputs, outputs, scratch, _states[step], team) { Size = &size });
        bool goesOn = GoesOn(step);
        if (_network.Steps[step].Size >= 0 && !goesOn) Found(step, size);
        observer?.After(step + 1, outputs);
        return goesOn;
    }

    public ReadOnlySpan<TensorView> InputsOf(int step) => _views.AsSpan(_firstViews[step], _network.Steps[step].Inputs.Length);

    public ReadOnlySpan<TensorView> OutputsOf(int step) => _views.AsSpan(_firstViews[step] + _network.Steps[step].Inputs.Length, _network.Steps[step].Outputs.Length);

    /// <summary>Puts another operator in a step's place; it may want more scratch memory.</summary>
    public void Substitute(int step, Operator op)
    {
        _operators[step] = op;
        _isStale[step] = _network.Steps[step].Needs.Length > 0;
        if (!_isStale[step]) Prepare(step);
    }

    /// <summary>Lets steps read the values of a weight, where no operator took it, from elsewhere.</summary>
    public void Substitute(int value, byte* data)
    {
        for (int v = 0; v < _values.Length; v++)
            if (_owners[v] == value) _values[v].Data = data;
        CopyToSteps();
    }

    private void Describe()
    {
        for (int v = 0; v < _values.Length; v++)
        {
            NetworkValue value = _network.Values[v];
            ref TensorView view = ref _values[v];
            (view.Type, view.Layout) = (value.Type, value.Layout);
            view.Data = value.Dense;
            _places[v] = value.Input >= 0 ? value.Input : value.Weight is not null ? FixedPlace : WorkspacePlace;
            if (value.Step >= 0 && _dead[value.Step])
            {
                // It takes no memory.
                view.Shape = new int[value.Shape!.Count];
                continue;
            }
            try
            {
                view.Shape = value.Shape is null ? value.WeightShape : value.HasSize ? ShapeRules.Largest(value.Shape, _ranges!) : ShapeRules.Evaluate(value.Shape, _symbols);
                _ = ShapeRules.Bytes(view, value.Shape);
            }
            catch (StepRuleException problem)
            {
                throw Refusal.Of(value.Step, problem);
            }
        }
    }

    private void CopyToSteps()
    {
        for (int s = 0; s < _firstViews.Length; s++) CopyToStep(s);
    }

    private void CopyToStep(int s)
    {
        NetworkStep step = _network.Steps[s];
        int view = _firstViews[s];
        for (int i = 0; i < step.Inputs.Length; i++, view++)
        {
            _views[view] = step.Inputs[i] < 0 ? new TensorView { Shape = [] } : _values[step.Inputs[i]];
            if (step.Taken[i]) _views[view].Data = null;
        }
        foreach (int output in step.Outputs) _views[view++] = _values[output];
    }

    /// <summary>Lets an operator look at its tensors before it computes.</summary>
    private void CheckRules(int s)
    {
        try
        {
            long bytes = ShapeRules.Check(_network.Steps[s].Operator, Shapes(s, 1), _network.Steps[s].Origins);
            TableBytes += bytes - _tableBytes[s];
            _tableBytes[s] = bytes;
        }
        catch (StepRuleException problem)
        {
            throw Refusal.Of(s, problem);
        }
    }

    /// <summary>Asks the operator of a step what it needs.</summary>
    private void Prepare(int s)
    {
        StepShapes shapes = Shapes(s, _threads);
        if (_dead[s]) return;
        // A loop ends only where it runs.
        _skipped[s] = shapes.Outputs.Length > 0 && _network.Steps[s].Turn < 0;
        foreach (TensorView output in shapes.Outputs) _skipped[s] &= output.Length == 0;
        if (_skipped[s]) return;
        try
        {
            StepPreparation preparation = _operators[s].Prepare(shapes);
            ScratchBytes = Math.Max(ScratchBytes, preparation.ScratchBytes);
            _states[s] = preparation.State;
        }
        catch (Exception e) when (Network.IsDataProblem(e))
        {
            throw Refusal.Of(s, ShapeRules.Unforeseen(_network.Steps[s].Origins, e));
        }
    }

    private StepShapes Shapes(int s, int threads)
    {
        NetworkStep step = _network.Steps[s];
        return new StepShapes(_views.AsSpan(_firstViews[s], step.Inputs.Length),
            _views.AsSpan(_firstViews[s] + step.Inputs.Length, step.Outputs.Length), _evaluate, threads);
    }

    /// <summary>Decides which values share memory, and where they lie.</summary>
    private long PlanWorkspace()
    {
        int count = _values.Length;
        int[] owner = _owners, lastUse = new int[count], firstUse = new int[count];
        int[] finalUse = LastUses();
        for (int v = 0; v < count; v++) (owner[v], firstUse[v], lastUse[v]) = (v, -1, finalUse[v]);
        for (int s = 0; s < _firstViews.Length; s++)
        {
            NetworkStep step = _network.Steps[s];
            for (int o = 0; o < step.Outputs.Length; o++)
            {
                int value = step.Outputs[o];
                firstUse[value] = FirstUse(s, o);
                lastUse[value] = _keepsValues ? _firstViews.Length : Math.Max(lastUse[value], s);
                int shared = o == 0 && !_dead[s] ? SharedInput(step, s, owner, lastUse) : -1;
                if (shared < 0) continue;
                int root = owner[shared];
                owner[value] = root;
                lastUse[root] = Math.Max(lastUse[root], lastUse[value]);
            }
        }

        // Outputs outlive the run and the session; they share no memory with what comes before them.
        foreach (int output in _network.OutputValues)
        {
            int root = owner[output];
            if (_places[root] != WorkspacePlace) continue;
            (_places[root], _offsets[root]) = (OutputPlace, OutputBytes);
            OutputBytes = checked(OutputBytes + ShapeRules.Bytes(_values[root]) + Alignment - 1) & -Alignment;
        }
        List<WorkspaceBuffer> buffers = [];
        List<int> buffered = [];
        for (int v = 0; v < count; v++)
        {
            if (_places[v] != WorkspacePlace || owner[v] != v) continue;
            buffers.Add(new WorkspaceBuffer(ShapeRules.Bytes(_values[v]), firstUse[v], lastUse[v]));
            buffered.Add(v);
        }
        (long[] offsets, long bytes) = WorkspacePlanner.Place(buffers);
        for (int b = 0; b < offsets.Length; b++) _offsets[buffered[b]] = offsets[b];
        for (int v = 0; v < count; v++)
            if (owner[v] != v)
            {
                (_places[v], _offsets[v]) = (_places[owner[v]], _offsets[owner[v]]);
                if (_places[v] == FixedPlace) _values[v].Data = _values[owner[v]].Data;
            }
        return bytes;
    }

    private long InputBytes
    {
        get
        {
            long bytes = 0;
            foreach (int input in _network.InputValues) bytes += Math.Min(MostMemory, ShapeRules.Bytes(_values[input]));
            return bytes;
        }
    }

    private long LargestBytes
    {
        get
        {
            long bytes = 0;
            foreach (ref readonly TensorView value in _values.AsSpan()) bytes = Math.Max(bytes, ShapeRules.Bytes(value));
            return bytes;
        }
    }

    /// <summary>Compares what a session will own with what it may.</summary>
    private void CheckMemory(long needed, long most)
    {
        // An output is handed out as one span.
        if (needed <= most && OutputBytes <= int.MaxValue - 4096) return;
        int largest = 0;
        for (int v = 0; v < _values.Length; v++)
            if (ShapeRules.Bytes(_values[v]) > ShapeRules.Bytes(_values[largest])) largest = v;
        if (needed <= most) (needed, most) = (OutputBytes, int.MaxValue - 4096);
        throw Refusal.OfMemory(_network.Values[largest], _values[largest], needed, most);
    }

    /// <summary>The last step that reads each value; beyond the last step for outputs, −1 for values that nobody reads.</summary>
    private int[] LastUses()
    {
        int[] last = new int[_values.Length];
        for (int v = 0; v < last.Length; v++) last[v] = -1;
        for (int s = 0; s < _firstViews.Length; s++)
            foreach (int input in _network.Steps[s].Inputs)
                if (input >= 0) last[input] = s;
        KeepForTurns(last);
        foreach (int output in _network.OutputValues) last[output] = _firstViews.Length;
        return last;
    }

    /// <summary>The input whose memory output 0 of a step uses: always for a view; in place if the memory is the workspace's and nobody reads it
    /// later.</summary>
    private int SharedInput(NetworkStep step, int number, int[] owner, int[] lastUse)
    {
        Operator op = step.Operator;
        int place = op.IsView ? 0 : op.InPlaceInput;
        if (place < 0 || place >= step.Inputs.Length || step.Inputs[place] < 0) return -1;
        int input = step.Inputs[place];
        ref readonly TensorView from = ref _values[input];
        ref readonly TensorView to = ref _values[step.Outputs[0]];
        bool same = from.Layout == to.Layout && ElementTypes.ByteLength(from.Type) == ElementTypes.ByteLength(to.Type) && HaveSameLength(input, step.Outputs[0], op.IsView);
        if (op.IsView)
        {
            // Its rules are checked later.
            if (!same && _isStale[number]) return -1;
            return same ? input : throw new InvalidOperationException(FormattableString.Invariant(
                $"Step {number + 1} ({step.Plan.Operator} '{step.Plan.Name}') gives {from.Length} elements a shape of {to.Length}"));
        }
        int root = owner[input];
        if (!same || _keepsValues || _places[root] != WorkspacePlace || lastUse[root] > number) return -1;
        // A convolution still reads its input when it has begun to write over the residual.
        for (int i = 0; i < step.Inputs.Length; i++)
            if (i != place && step.Inputs[i] >= 0 && owner[step.Inputs[i]] == root) return -1;
        return input;
    }
}
