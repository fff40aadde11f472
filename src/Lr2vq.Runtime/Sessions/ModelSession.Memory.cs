using System;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <content>What a session owns.</content>
public sealed unsafe partial class ModelSession
{
    private long _countedBytes;

    /// <summary>Bytes that the session owns: inputs, outputs, workspace, scratch.</summary>
    internal long MemoryBytes => (_memory?.AllocatedBytes ?? 0) + (_scratchMemory?.AllocatedBytes ?? 0) + (_outputs?.Length ?? 0) + _inputs.Bytes;

    /// <summary>Lets workspace and scratch be large enough. Both are zeroed once: kernels may read (not use) what no step has written.</summary>
    private void Reserve(ShapePlan plan)
    {
        if (_outputs is null || plan.OutputBytes > _outputs.Length)
        {
            _current = null;
            _memoryVersion++;
            _outputs = new PinnedMemory(plan.OutputBytes);
        }
        if (_memory is null || plan.WorkspaceBytes > _workspaceBytes)
        {
            _current = null;
            _memoryVersion++;
            _memory?.Dispose();
            _memory = new NativeArena();
            _workspace = null;
            _workspaceBytes = -1;
            _workspace = _memory.Allocate(checked(plan.WorkspaceBytes + s_spare));
            _workspaceBytes = plan.WorkspaceBytes;
        }
        ReserveScratch(plan);
    }

    private void ReserveScratch(ShapePlan plan)
    {
        if (_scratchMemory is not null && plan.ScratchBytes <= _scratchBytes) return;
        _scratchMemory?.Dispose();
        _scratchMemory = new NativeArena();
        _scratch = null;
        _scratchBytes = -1;
        _scratch = _scratchMemory.Allocate(checked(plan.ScratchBytes + s_spare));
        _scratchBytes = plan.ScratchBytes;
    }

    /// <summary>Sets all inputs to zeros.</summary>
    /// <param name="dimensions">The dimensions of all inputs, one after the other.</param>
    internal void SetZeros(ReadOnlySpan<int> dimensions)
    {
        int[] starts = _model.InputShapes.Starts;
        for (int i = 0; i < starts.Length - 1; i++)
        {
            ReadOnlySpan<int> shape = dimensions[starts[i]..starts[i + 1]];
            byte[] zeros = new byte[checked(PortTypes.Length(shape) * ElementTypes.ByteLength(_network.Plan.Inputs[i].Type))];
            SetInputBytes(i, zeros, shape);
        }
    }

    /// <summary>Tells the model how much memory its sessions have.</summary>
    private void CountMemory()
    {
        long bytes = _disposed ? 0 : MemoryBytes;
        if (bytes == _countedBytes) return;
        _model.AddSessionBytes(bytes - _countedBytes);
        _countedBytes = bytes;
    }
}
