using System;
using System.Collections.Generic;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <content>Sizes that the data decides. Memory is planned for the largest they can be. A step that needs one is described, checked and prepared anew
/// before it runs, if a size is another one than in the run before; as long as sizes stay, nothing is allocated.</content>
internal sealed unsafe partial class ShapePlan
{
    /// <summary>Ranges of all symbols; null where no size is found.</summary>
    private readonly Dictionary<string, (long Low, long High)>? _ranges;
    /// <summary>Per value: bytes of its largest shape; empty where no size is found.</summary>
    private readonly long[] _roomBytes;
    /// <summary>What the last run found; −1 before the first.</summary>
    private readonly long[] _sizes;
    /// <summary>Per step: it must be described anew before it runs.</summary>
    private readonly bool[] _isStale;
    /// <summary>Per step: bytes of its tables.</summary>
    private readonly long[] _tableBytes;

    /// <summary>True if the data decides the shape of an output.</summary>
    public bool HasSize(int output) => _network.Values[_network.OutputValues[output]].HasSize;

    /// <summary>Lets a step follow the sizes that the steps before it found.</summary>
    /// <returns>True if it may want more scratch memory than before.</returns>
    public bool Follow(int step)
    {
        if (!_isStale[step] || _network.Steps[step].Guard is { } guard && !IsTaken(step, guard)) return false;
        SetMost(step);
        // Of a branch that was not taken, and of no turns, nobody has measured what the results would be.
        if (_operators[step] is If or Loop)
            for (int i = 0; i < _network.Steps[step].Inputs.Length; i++)
                if (_network.Steps[step].Inputs[i] is >= 0 and var input && IsRead(step, i)) Measure(step, input);
        foreach (int output in _network.Steps[step].Outputs)
        {
            Measure(step, output);
            if (_separate is not null) UseBlock(output, _network.Steps[step].Size >= 0);
        }
        CopyToStep(step);
        CheckRules(step);
        if (_operators[step].IsView) CheckView(step);
        Prepare(step);
        CheckMemory(checked(InputBytes + OutputBytes + WorkspaceBytes + TableBytes + ScratchBytes), _most);
        _isStale[step] = false;
        return true;
    }

    /// <summary>Ranges of all symbols: one number for those of the inputs, 0 to the bound for sizes.</summary>
    private Dictionary<string, (long Low, long High)> SizeRanges()
    {
        Dictionary<string, (long Low, long High)> ranges = new(StringComparer.Ordinal);
        foreach ((string name, long value) in _symbols) ranges[name] = (value, value);
        for (int s = 0; s < _network.Steps.Length; s++)
            if (_network.Steps[s].Plan.Size is { } size)
                try
                {
                    ranges[size.Identifier] = (0, _dead[s] ? 0 : ShapeRules.Largest([size.Bound], ranges)[0]);
                }
                catch (StepRuleException problem)
                {
                    throw Refusal.Of(s, problem);
                }
        return ranges;
    }

    /// <summary>A step found its size: its results get their shapes, and what needs the size follows.</summary>
    private void Found(int step, long size)
    {
        NetworkStep made = _network.Steps[step];
        if (size < 0 || size > MostOf(step))
            throw Refusal.Of(step, new StepRuleException(FormattableString.Invariant($"it found {size} where {MostOf(step)} are the most")));
        Know(step, made.Plan.Size!.Identifier, size);
        for (int o = 0; o < made.Outputs.Length; o++)
        {
            int output = made.Outputs[o];
            Measure(step, output);
            if (_separate is not null && _network.Values[output].HasSize) MoveToBlock(output, _views[_firstViews[step] + made.Inputs.Length + o].Data);
        }
    }

    private void Know(int step, string identifier, long size)
    {
        _symbols[identifier] = size;
        int index = _network.Steps[step].Size;
        if (_sizes[index] == size) return;
        _sizes[index] = size;
        for (int later = step + 1; later < _network.Steps.Length; later++)
            if (Array.IndexOf(_network.Steps[later].Needs, index) >= 0) _isStale[later] = true;
    }

    /// <summary>Rules and preparation of a step that finds a size are for the most that it may find.</summary>
    private void SetMost(int step)
    {
        if (_network.Steps[step].Plan.Size is { } size) _symbols[size.Identifier] = MostOf(step);
    }

    private long MostOf(int step)
    {
        try
        {
            return Math.Max(0, _evaluate(_network.Steps[step].Plan.Size!.Bound));
        }
        catch (ArgumentException e)
        {
            throw Refusal.Of(step, new StepRuleException(e.Message));
        }
    }

    /// <summary>Gives a value the shape that the sizes say.</summary>
    private void Measure(int step, int index)
    {
        NetworkValue value = _network.Values[index];
        if (!value.HasSize || value.Step >= 0 && _dead[value.Step]) return;
        try
        {
            ShapeRules.Evaluate(value.Shape!, _symbols, _values[index].Shape);
            long bytes = ShapeRules.Bytes(_values[index], value.Shape), room = RoomOf(_owners[index]);
            // Ranges say so; memory is not left to them alone.
            if (bytes > room) throw new StepRuleException(FormattableString.Invariant($"its result has {bytes} bytes where {room} are the most"));
        }
        catch (StepRuleException problem)
        {
            throw Refusal.Of(step, problem);
        }
    }

    /// <summary>What a view gives is in the memory of its input.</summary>
    private void CheckView(int step)
    {
        int from = _network.Steps[step].Inputs[0], to = _network.Steps[step].Outputs[0];
        if (_owners[from] == _owners[to] && ShapeRules.Bytes(_values[from]) == ShapeRules.Bytes(_values[to])) return;
        throw Refusal.Of(step, new StepRuleException(FormattableString.Invariant($"it gives {_values[from].Length} elements a shape of {_values[to].Length}"), FirstSize(from) ?? FirstSize(to)));
    }

    private Dimension? FirstSize(int value)
    {
        foreach (Dimension dimension in _network.Values[value].Shape ?? [])
            if (dimension.HasSize) return dimension;
        return null;
    }

    /// <summary>True if two values have the same bytes whatever is found. The shapes of a view are compared when they are known.</summary>
    private bool HaveSameLength(int a, int b, bool isView)
    {
        NetworkValue first = _network.Values[a], second = _network.Values[b];
        if (!first.HasSize && !second.HasSize) return ShapeRules.Bytes(_values[a]) == ShapeRules.Bytes(_values[b]);
        return isView || first.Shape is { } shape && AreAlike(shape, second.Shape!);
    }

    private static bool AreAlike(IReadOnlyList<Dimension> a, IReadOnlyList<Dimension> b)
    {
        bool same = a.Count == b.Count;
        for (int d = 0; same && d < a.Count; d++) same = a[d].Equals(b[d]);
        return same;
    }

    /// <summary>Bytes that a value may take.</summary>
    private long RoomOf(int value) => _roomBytes.Length == 0 ? ShapeRules.Bytes(_values[value]) : _roomBytes[value];

    /// <summary>The memory has moved: what blocks of their own hold begins anew.</summary>
    private void ForgetSizes()
    {
        ForgetFound();
        for (int s = 0; s < _isStale.Length; s++) _isStale[s] = _network.Steps[s].Needs.Length > 0;
    }

    private void ForgetFound()
    {
        // Not Array.Fill, which is compiled for each type.
        for (int i = 0; i < _sizes.Length; i++) _sizes[i] = -1;
    }

    private long[] LargestOfValues() => Array.ConvertAll(_values, value => ShapeRules.Bytes(value));

    /// <summary>Where each value has a block of its own, its end is the end of the block.</summary>
    private void UseBlock(int value, bool isFound)
    {
        if (_owners[value] != value) _values[value].Data = _values[_owners[value]].Data;
        else _values[value].Data = _separate!.BlockOf(value, isFound ? RoomOf(value) : ShapeRules.Bytes(_values[value]));
    }

    private void MoveToBlock(int value, byte* written)
    {
        long bytes = ShapeRules.Bytes(_values[value]);
        byte* block = _separate!.BlockOf(value, bytes);
        if (block != written) Buffer.MemoryCopy(written, block, bytes, bytes);
        _values[value].Data = block;
    }
}
