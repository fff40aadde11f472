using System;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <content>What a session owns.</content>
public sealed unsafe partial class ModelSession
{
    /// <summary>Outputs, workspace, scratch.</summary>
    private protected override long OwnBytes => (_memory?.AllocatedBytes ?? 0) + (_isStepped ? 0 : _scratch?.AllocatedBytes ?? 0) + (_outputs?.Length ?? 0);

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
        if (_scratch is null && !_isStepped) _scratch = new ScratchMemory();
        _scratch?.Reserve(plan.ScratchBytes, s_spare);
    }
}
