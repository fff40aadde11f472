using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Report;

/// <summary>What each tensor of an artifact does to the outputs alone, all others as the original has them: who is to blame.</summary>
internal static class TensorEffects
{
    public const int MostSamples = 4;

    /// <summary>A network that needs longer for its first sample is not measured.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    /// <param name="model">The .onnx that the artifact was made of.</param>
    /// <param name="artifact">The artifact.</param>
    /// <param name="samples">Makes the values of a sample.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>As <see cref="Measure(PlannedNetwork, IReadOnlyList{EncodedTensor}, Func{int, InputSample}, int, int, CancellationToken)"/>; empty if the two have not one Plan.</returns>
    public static IReadOnlyDictionary<string, double> Measure(string model, ArtifactReader artifact, Func<int, InputSample?> samples, int count, CancellationToken cancellation)
    {
        DiagnosticBag bag = new();
        FixedInputs choices = FixedInputs.Of(artifact.Meta.Options);
        using OnnxModel? file = ModelCompressor.Open(model, choices, bag);
        // Whether integers were kept, the options of the artifact decided.
        PlannedNetwork? network = file is null ? null : new[] { false, true }
            .Select(integers => Planner.Plan(file, ModelInterface.NameOf(file.Graph.Name), model, choices, bag, keepsIntegers: integers))
            .FirstOrDefault(planned => planned is not null && PlanText.Write(planned.Plan) == artifact.PlanText);
        return network is null ? new Dictionary<string, double>()
            : Measure(network, ArtifactTensors.Of(artifact), samples, count, threads: 0, cancellation);
    }

    /// <param name="network">The original; its model stays open.</param>
    /// <param name="tensors">What each weight is replaced by, in the order of the Plan.</param>
    /// <param name="samples">Makes the values of a sample.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="threads">0 for all processors.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Relative L2 of the output that changes most, by the names of the tensors; empty if it takes too long.</returns>
    public static IReadOnlyDictionary<string, double> Measure(PlannedNetwork network, IReadOnlyList<EncodedTensor> tensors, Func<int, InputSample?> samples, int count, int threads, CancellationToken cancellation)
    {
        Dictionary<string, double> none = [];
        using EvaluationNetwork original = EvaluationNetwork.Original(network, threads, cancellation);
        (int Weight, EncodedTensor Tensor)[] others = [.. tensors.Index().Where(one => one.Item.RelativeError > 0)];
        OutputDifference[][] changes = [.. others.Select(_ => network.Plan.Outputs.Select(o => new OutputDifference(o.Name)).ToArray())];
        CancelObserver cancel = new(cancellation);
        Stopwatch clock = Stopwatch.StartNew();
        for (int sample = 0; sample < Math.Min(count, MostSamples) && clock.Elapsed < s_longest / 4; sample++)
        {
            if (samples(sample) is not { } values) return none;
            NpyFile[] before = original.RunKept(values, cancel);
            foreach ((int i, NpyFile[] after) in original.RunWithEach(others, cancel))
            {
                if (sample == 0 && clock.Elapsed > s_longest) return none;
                for (int o = 0; o < before.Length; o++) changes[i][o].Add(before[o], after[o]);
            }
        }
        return Enumerable.Range(0, others.Length).ToDictionary(i => others[i].Tensor.Name, i => changes[i].Max(c => c.Unlike > 0 ? double.PositiveInfinity : c.RelativeL2));
    }
}
