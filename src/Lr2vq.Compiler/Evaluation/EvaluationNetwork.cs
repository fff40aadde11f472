using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Data;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Evaluation;

/// <summary>A planned network, its weights in any form, run in this process by what runs it in an app. One thread at a time.</summary>
/// <remarks>It computes with vectors of 256 bits at most: the numbers, and what is decided by them, are the same on machines that have wider ones. They
/// are the same for every number of threads, too.</remarks>
internal sealed class EvaluationNetwork : IDisposable
{
    private readonly Model _model;
    private readonly ModelSession _session;

    private EvaluationNetwork(WeightStore weights, int threads, bool keepsValues)
    {
        using Lanes.Forced forced = Narrow();
        _model = new Model(weights, new SessionOptions
        {
            Threads = Math.Min(threads > 0 ? threads : Environment.ProcessorCount, 256), MaxMemory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, KeepsValues = keepsValues,
        });
        _session = _model.CreateSession();
    }

    public Plan Plan => _model.Network.Plan;

    /// <param name="plan">The Plan.</param>
    /// <param name="tensors">The weights as an artifact has them, in the order of the Plan.</param>
    /// <param name="threads">How many threads a run uses; 0 for all processors.</param>
    public static EvaluationNetwork Of(Plan plan, IReadOnlyList<EncodedTensor> tensors, int threads = 0) => new(MemoryWeights.Of(plan, tensors), threads, keepsValues: false);

    /// <param name="network">A network, whose weights are taken exactly as they are; its model stays open.</param>
    /// <param name="threads">How many threads a run uses; 0 for all processors.</param>
    /// <param name="keepsValues">For <see cref="RunWith"/>: every value of a run has memory of its own.</param>
    public static EvaluationNetwork Original(PlannedNetwork network, int threads = 0, bool keepsValues = false) => new(MemoryWeights.Of(network), threads, keepsValues);

    /// <summary>The outputs for a sample, in the order of the Plan.</summary>
    /// <param name="sample">Values of all inputs.</param>
    /// <param name="observer">Sees every step, if there is one.</param>
    /// <exception cref="ArgumentException">The inputs do not fit the network or each other.</exception>
    /// <exception cref="InvalidArtifactException">The network cannot be computed for any input.</exception>
    public NpyFile[] Run(InputSample sample, StepObserver? observer = null)
    {
        using Lanes.Forced forced = Narrow();
        for (int i = 0; i < sample.Values.Count; i++) _session.SetInputBytes(i, sample.Values[i].Bytes, sample.Values[i].Shape);
        _session.Observer = observer;
        _session.Run();
        return Outputs();
    }

    /// <summary>The outputs for the last sample, if one weight were another: runs the steps from the first that reads it. Weights go from the last step
    /// to the first between two runs: what is after the first step is left as the other weight made it.</summary>
    /// <param name="weight">Index of the weight in the Plan.</param>
    /// <param name="tensor">What it were.</param>
    /// <param name="observer">Sees every step that runs, if there is one.</param>
    public NpyFile[] RunWith(int weight, EncodedTensor tensor, StepObserver? observer = null)
    {
        using Lanes.Forced forced = Narrow();
        Network network = _model.Network;
        int value = network.InputValues.Length + weight, first = FirstReader(weight);
        using NativeArena memory = new();
        _session.Observer = observer;
        WeightTensor other = CodecTable.Open(MemoryWeights.Payload(tensor, memory, memory));
        try
        {
            _session.Substitute(value, other, memory);
            _session.RunAgain(first);
            return Outputs();
        }
        finally
        {
            _session.Substitute(value, null, memory);
        }
    }

    /// <summary>The number of the first step that reads a weight.</summary>
    public int FirstReader(int weight)
    {
        int value = _model.Network.InputValues.Length + weight;
        return Array.FindIndex(_model.Network.Steps, step => step.Inputs.Contains(value)) + 1;
    }

    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
    }

    private static Lanes.Forced Narrow() => Lanes.Force(Lanes.Isa > Isa.Vector256 ? Isa.Vector256 : Lanes.Isa);

    private NpyFile[] Outputs() =>
        [.. Plan.Outputs.Select((port, i) => new NpyFile(port.Type, _session.OutputShape(i).ToArray(), _session.OutputBytes(i).ToArray()))];

    private sealed class Model(WeightStore weights, SessionOptions options) : Lr2vqModel(weights, "", options)
    {
        public ModelSession CreateSession() => new(this);

        protected override void Execute(in StepRunner run) => run.All();
    }
}
