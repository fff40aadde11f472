using System;
using System.Threading;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <content>What each back end does in its own way, and what its sessions need for that.</content>
public abstract unsafe partial class BackendSession
{
    /// <summary>Makes everything ready to compute with the inputs that are set.</summary>
    private protected abstract void Ready();

    /// <summary>Computes the outputs; the session is ready.</summary>
    private protected abstract void Compute(CancellationToken cancellationToken);

    /// <summary>An input has its room, which the caller fills next.</summary>
    /// <param name="index">Index of the input.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="moved">True if it lies elsewhere than before.</param>
    /// <param name="reshaped">True if it has other dimensions than before.</param>
    private protected abstract void Placed(int index, int length, bool moved, bool reshaped);

    /// <summary>The dimensions that an output will have; the session is ready.</summary>
    /// <exception cref="ArgumentException">The data decides them.</exception>
    private protected abstract ReadOnlySpan<int> ExpectedShape(int index);

    /// <summary>The dimensions of an output of the last run.</summary>
    private protected abstract ReadOnlySpan<int> ShapeOf(int index);

    /// <summary>Where an output of the last run lies, and the memory that keeps it there; not asked for empty ones.</summary>
    private protected abstract PinnedMemory Locate(int index, out byte* data);

    /// <summary>Lets everything go but the inputs.</summary>
    private protected abstract void Free();

    private protected void RequireInputs()
    {
        if (Inputs.FirstMissing is >= 0 and var missing) throw new InvalidOperationException($"Input '{Owner.Plan.Inputs[missing].Name}' was not set");
    }

    private protected void RequireRun()
    {
        if (!HasRun) throw new InvalidOperationException("The session has no outputs: it has not run since its inputs were set");
    }

    /// <summary>Tells the model how much memory its sessions have.</summary>
    private protected void CountMemory()
    {
        long bytes = _disposed ? 0 : MemoryBytes;
        if (bytes == _countedBytes) return;
        Owner.AddSessionBytes(bytes - _countedBytes);
        _countedBytes = bytes;
    }

    private protected void Enter()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
            throw new InvalidOperationException("Two threads use one session at the same time. Give each thread its own session");
        if (_disposed)
        {
            Leave();
            throw new ObjectDisposedException(GetType().Name);
        }
    }

    private protected void Leave() => Volatile.Write(ref _busy, 0);

    private void SetBytes(PlanPort port, int index, ReadOnlySpan<byte> values, ReadOnlySpan<int> shape)
    {
        PortTypes.CheckShape(port, values.Length / ElementTypes.ByteLength(port.Type), shape);
        values.CopyTo(Room(index, values.Length, shape));
    }

    /// <summary>Room for an input. Outputs of the last run end here: they may lie in an input.</summary>
    private Span<byte> Room(int index, int length, ReadOnlySpan<int> shape)
    {
        HasRun = false;
        Span<int> dimensions = Inputs.DimensionsOf(index);
        Span<byte> room = Inputs.Room(index, length, out bool moved);
        bool reshaped = !shape.SequenceEqual(dimensions);
        shape.CopyTo(dimensions);
        Placed(index, length, moved, reshaped);
        if (moved) CountMemory();
        return room;
    }

    private ReadOnlySpan<T> View<T>(int index) where T : unmanaged
    {
        PortTypes.Check<T>(PortTypes.Port(Owner.Plan.Outputs, index));
        RequireRun();
        return View<T>(index, PortTypes.Length(ShapeOf(index)));
    }

    private ReadOnlySpan<T> View<T>(int index, long count) where T : unmanaged => count == 0 ? [] : Locate(index, out byte* data).View<T>(data, checked((int)count));

    private void CheckLength(int index, ReadOnlySpan<int> shape, int given)
    {
        long length = PortTypes.Length(shape);
        if (length == given) return;
        string empty = length == 0 && Inputs.FirstEmpty is >= 0 and var input ? $", because the input '{Owner.Plan.Inputs[input].Name}' is empty" : "";
        throw new ArgumentException(FormattableString.Invariant(
            $"Output '{Owner.Plan.Outputs[index].Name}' [{string.Join(",", shape.ToArray())}] has {length} elements{empty}; the destination has {given}"));
    }
}
