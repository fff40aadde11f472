using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
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
    private ModelSession? _keeping;

    private EvaluationNetwork(WeightStore weights, int threads, SessionOptions options)
    {
        using Lanes.Forced forced = Narrow();
        options.Threads = Math.Min(threads > 0 ? threads : Environment.ProcessorCount, 256);
        _model = new Model(weights, options);
        _session = _model.CreateSession();
    }

    public Plan Plan => _model.Network.Plan;

    /// <summary>Where data was given, what the data asks for is meant.</summary>
    private static SessionOptions AllMemory => new() { MaxMemory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes };

    /// <param name="plan">The Plan.</param>
    /// <param name="tensors">The weights as an artifact has them, in the order of the Plan.</param>
    /// <param name="threads">How many threads a run uses; 0 for all processors.</param>
    /// <param name="cancellation">Looked at between weights, which are opened here.</param>
    public static EvaluationNetwork Of(Plan plan, IReadOnlyList<EncodedTensor> tensors, int threads = 0, CancellationToken cancellation = default) =>
        new(MemoryWeights.Of(plan, tensors, cancellation), threads, AllMemory);

    /// <param name="network">A network, whose weights are taken exactly as they are; its model stays open.</param>
    /// <param name="threads">How many threads a run uses; 0 for all processors.</param>
    /// <param name="cancellation">Looked at between weights, which are opened here.</param>
    public static EvaluationNetwork Original(PlannedNetwork network, int threads = 0, CancellationToken cancellation = default) =>
        new(MemoryWeights.Of(network, cancellation), threads, AllMemory);

    /// <summary>As <see cref="Original"/>, for inputs that nobody gave: where they ask for more memory than the weights make likely, they are refused.</summary>
    public static EvaluationNetwork Guarded(PlannedNetwork network, int threads, CancellationToken cancellation) =>
        new(MemoryWeights.Of(network, cancellation), threads, new UnaskedOptions());

    /// <summary>The outputs for a sample, in the order of the Plan.</summary>
    /// <param name="sample">Values of all inputs.</param>
    /// <param name="observer">Sees every step, if there is one.</param>
    /// <exception cref="ArgumentException">The inputs do not fit the network or each other.</exception>
    /// <exception cref="InvalidArtifactException">The network cannot be computed for any input.</exception>
    public NpyFile[] Run(InputSample sample, StepObserver? observer = null) => Run(_session, sample, observer);

    /// <summary>As <see cref="Run(InputSample, StepObserver?)"/>; every value of the run is kept for <see cref="RunWithEach"/>, which takes memory.</summary>
    public NpyFile[] RunKept(InputSample sample, StepObserver? observer = null) => Run(_keeping ??= _model.CreateSession(keepsValues: true), sample, observer);

    /// <summary>The outputs for the sample of <see cref="RunKept"/> with one weight alone exchanged, for each of some. Those come in the order in which
    /// steps need not run twice; those that no step reads do not come.</summary>
    /// <param name="others">Index of a weight in the Plan, and what it were.</param>
    /// <param name="observer">Sees every step that runs, if there is one.</param>
    /// <returns>Place in <paramref name="others"/>, and the outputs.</returns>
    public IEnumerable<(int Place, NpyFile[] Outputs)> RunWithEach(IReadOnlyList<(int Weight, EncodedTensor Tensor)> others, StepObserver? observer = null)
    {
        int[] first = [.. others.Select(other => FirstReader(other.Weight))];
        foreach (int place in Enumerable.Range(0, first.Length).Where(i => first[i] > 0).OrderByDescending(i => first[i]))
        {
            using var other = new OpenedWeight(others[place].Weight, others[place].Tensor);
            yield return (place, RunWith(other, observer));
        }
    }

    /// <summary>The outputs for the sample of <see cref="RunKept"/> with one weight exchanged. Weights that are read late come first: what is after the step that reads
    /// one is left as it made it.</summary>
    public NpyFile[] RunWith(OpenedWeight other, StepObserver? observer = null)
    {
        using Lanes.Forced forced = Narrow();
        ModelSession session = _keeping ?? throw new InvalidOperationException("No run was kept");
        int value = _model.Network.InputValues.Length + other.Weight;
        using NativeArena memory = new();
        session.Observer = observer;
        try
        {
            session.Substitute(value, other.Tensor, memory);
            session.RunAgain(FirstReader(other.Weight));
            return OutputsOf(session, Plan);
        }
        catch (ArgumentException e) when (_model.Network.Sizes.Length > 0 || e is LongRunException)
        {
            return Nothing();
        }
        finally
        {
            session.Substitute(value, null, memory);
        }
    }

    /// <summary>Frees what <see cref="RunKept"/> keeps.</summary>
    public void Forget()
    {
        _keeping?.Dispose();
        _keeping = null;
    }

    /// <summary>The number of the first step that reads a weight.</summary>
    public int FirstReader(int weight)
    {
        int value = _model.Network.InputValues.Length + weight;
        return Array.FindIndex(_model.Network.Steps, step => step.Inputs.Contains(value)) + 1;
    }

    public void Dispose()
    {
        Forget();
        _session.Dispose();
        _model.Dispose();
    }

    /// <summary>Vectors of 256 bits at most, on this thread.</summary>
    public static Lanes.Forced Narrow() => Lanes.Force(Lanes.Isa > Isa.Vector256 ? Isa.Vector256 : Lanes.Isa);

    /// <summary>The outputs for a sample of which the original has outputs. A network that finds something else may be one that cannot go on with it, or that does not
    /// come to an end: then outputs are empty.</summary>
    public NpyFile[] RunOrNothing(InputSample sample, StepObserver? observer = null)
    {
        try
        {
            return Run(sample, observer);
        }
        catch (ArgumentException e) when (_model.Network.Sizes.Length > 0 || e is LongRunException)
        {
            return Nothing();
        }
    }

    private NpyFile[] Nothing() => [.. Plan.Outputs.Select(port => new NpyFile(port.Type, [0], []))];

    private NpyFile[] Run(ModelSession session, InputSample sample, StepObserver? observer)
    {
        using Lanes.Forced forced = Narrow();
        for (int i = 0; i < sample.Values.Count; i++) session.SetInputBytes(i, sample.Values[i].Bytes, sample.Values[i].Shape);
        session.Observer = observer;
        session.Run();
        return OutputsOf(session, Plan);
    }

    /// <summary>Copies of the outputs of a session's last run, in the order of its Plan.</summary>
    public static NpyFile[] OutputsOf(ModelSession session, Plan plan) =>
        [.. plan.Outputs.Select((port, i) => new NpyFile(port.Type, session.OutputShape(i).ToArray(), session.OutputBytes(i).ToArray()))];

    private sealed class Model(WeightStore weights, SessionOptions options) : Lr2vqModel(weights, "", options)
    {
        public ModelSession CreateSession(bool keepsValues = false) => new(this) { KeepsValues = keepsValues };

        protected override void Execute(in StepRunner run) => run.All();
    }

    /// <summary>What a weight is exchanged with, opened once for several runs.</summary>
    public sealed class OpenedWeight : IDisposable
    {
        private readonly NativeArena _memory = new();

        /// <param name="weight">Index of the weight in the Plan.</param>
        /// <param name="tensor">What it were.</param>
        public OpenedWeight(int weight, EncodedTensor tensor) => (Weight, Tensor) = (weight, CodecTable.Open(MemoryWeights.Payload(tensor, _memory, _memory)));

        public int Weight { get; }

        internal WeightTensor Tensor { get; }

        public void Dispose() => _memory.Dispose();
    }
}
