using System;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>The step of a model by itself, its rank-4 tensors in blocks of sixteen channels.</summary>
internal sealed unsafe class BlockedStep : IDisposable
{
    private readonly NativeArena _memory = new();
    private readonly ThreadTeam? _team;
    private readonly Operator _operator;
    private readonly TensorView[] _inputs, _outputs;
    private readonly StepPreparation _prepared;
    private readonly nint _scratch;

    /// <param name="session">A session of the model that has run.</param>
    public BlockedStep(ModelSession session, int threads)
    {
        // The compiler may have put changes of layout around it.
        Sessions.NetworkStep[] steps = session.Model.Network.Steps;
        int number = Array.FindIndex(steps, s => s.Operator is not (ToBlocked or ToPlain));
        _operator = steps[number].Operator;
        TensorView[] inputs = [], outputs = [];
        session.Observer = new SeenSteps((step, from, to) =>
        {
            if (step == number + 1) (inputs, outputs) = (from.ToArray(), to.ToArray());
        });
        session.Run();
        session.Observer = null;
        (_inputs, _outputs) = (Array.ConvertAll(inputs, Blocked), Array.ConvertAll(outputs, Blocked));
        _prepared = _operator.Prepare(new StepShapes(_inputs, _outputs, dimension => dimension.Value, threads));
        _scratch = (nint)_memory.Allocate(Math.Max(64, _prepared.ScratchBytes));
        if (threads > 1) _team = new ThreadTeam(threads);
    }

    public void Run() => _operator.Run(new StepArguments(_inputs, _outputs, (byte*)_scratch, _prepared.State, _team));

    public void Dispose()
    {
        _team?.Dispose();
        _memory.Dispose();
    }

    private TensorView Blocked(TensorView tensor)
    {
        if (tensor.Rank != 4) return tensor;
        tensor.Layout = TensorLayout.Blocked;
        tensor.Data = _memory.Allocate(tensor.StoredLength * sizeof(float));
        new Span<float>(tensor.Data, (int)tensor.StoredLength).Fill(0.5f);
        return tensor;
    }
}
