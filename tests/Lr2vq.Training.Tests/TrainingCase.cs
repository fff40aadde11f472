using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using Lr2vq.Training.Weights;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tests;

/// <summary>ResNet-20 in the form of a method, on a few smooth pictures.</summary>
internal sealed class TrainingCase : IBatchSource, IDisposable
{
    private const int Batch = 16, HeldOutBatch = 1000;

    private readonly PlannedNetwork _planned;
    private readonly TorchNetwork _network;
    private readonly Recipe _recipe;
    private readonly Teacher _teacher;
    private readonly HeldOut _heldOut;

    public TrainingCase(PlannedNetwork planned, string method, Recipe? recipe = null)
    {
        _planned = planned;
        _network = TorchNetwork.Create(planned, null, new DiagnosticBag())!;
        _recipe = recipe ?? method switch { "lr2vq" => Recipe.LowRank, "pqf" => Recipe.Codebook, _ => Recipe.Scalars };
        _teacher = new Teacher(planned, 1);
        float[] values = Pictures(HeldOutBatch);
        int[] shape = [Batch, 3, 32, 32];
        _heldOut = new HeldOut(planned.Plan, [new HeldOutPart(new InputSample([new NpyFile(ElementType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray())]), _teacher.Answer(values, shape))], 0.5, 1);
        Form(method);
        Start = Export();
    }

    /// <summary>The weights as training finds them.</summary>
    public EncodedTensor[] Start { get; }

    public TrainingResult Train(TrainingLimits limits, Action<int>? seen = null, Func<IReadOnlyList<EncodedTensor>, Quality>? measure = null, Action<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        new Trainer(_network, _recipe, limits) { Progress = new Told(p => { seen?.Invoke(p.Step); progress?.Invoke(p); }) }.Run(Start, this, Export, measure ?? Measure, cancellation);

    /// <summary>The network's parameters now, by name.</summary>
    public Dictionary<string, (string Kind, float[] Values)> Parameters => _network.Parameters.ToDictionary(p => p.Name, p => (p.Kind, TensorValues.Floats(p.Parameter)), StringComparer.Ordinal);

    public Recipe Recipe => _recipe;

    public Quality Measure(IReadOnlyList<EncodedTensor> tensors) => _heldOut.Measure(tensors);

    public long Length(IReadOnlyList<EncodedTensor> tensors) => ArtifactWriter.LengthOf(ArtifactMeta.Empty, PlanText.Write(_planned.Plan), tensors);

    public Batch At(int step)
    {
        float[] values = Pictures(step);
        int[] shape = [Batch, 3, 32, 32];
        return new Batch([TensorValues.Of(values, Batch, 3, 32, 32)], TensorValues.Of(_teacher.Answer(values, shape), Batch, 10), null);
    }

    public void Dispose() => _teacher.Dispose();

    private EncodedTensor[] Export()
    {
        WeightSource[] sources = ModelCompressor.Sources(_planned);
        var exact = new TensorSpec(TensorTreatment.Exact, CompressionMethod.Lossless);
        return _network.Export(i => TensorEncoder.Encode(sources[i], sources[i].Identity.Type == ElementType.Float32 ? exact : exact with { Treatment = TensorTreatment.Raw }, 0, null, null, 0, default).Tensor);
    }

    private void Form(string method)
    {
        Dictionary<string, float[]> gains = _network.GainOf();
        Dictionary<string, VectorCodes> codebooks = [];
        for (int i = 0; i < _network.Plan.Weights.Count; i++)
        {
            PlanWeight weight = _network.Plan.Weights[i];
            if (weight.Role != WeightRole.Conv || weight.Shape[1] == 3) continue;
            float[] canonical = _network.Canonical(i);
            float[]? gain = gains.GetValueOrDefault(weight.Value);
            TensorIdentity identity = TensorIdentity.Of(weight);
            if (method == "tc-ecsq")
            {
                _network.Replace(weight.Value, new ScalarWeight(identity, canonical, gain, 1.5));
                continue;
            }
            TensorSpec spec = new(TensorTreatment.Vector, CompressionMethod.Lr2vq) { Vector = new(SliceAxis.Spatial, 9, 32, 5, 1, EntryEncoding.Int8, Scaled: true) };
            _network.Replace(weight.Value, new VectorWeight(TensorEncoder.Encode(new ArrayWeight(identity, canonical), spec, 0, null, null, 0, default).Tensor, () => canonical, gain, codebooks));
        }
    }

    /// <summary>A few waves each.</summary>
    private static float[] Pictures(int number)
    {
        Random random = new(number);
        float[] values = new float[Batch * 3 * 32 * 32];
        for (int p = 0; p < Batch * 3; p++)
        {
            (double a, double b, double c, double d) = (random.NextDouble() * 4 - 2, random.NextDouble() * 0.6, random.NextDouble() * 0.6, random.NextDouble() * 6);
            for (int i = 0; i < 1024; i++) values[p * 1024 + i] = (float)(a * Math.Sin(b * (i / 32) + c * (i % 32) + d) + 0.3 * (random.NextDouble() - 0.5));
        }
        return values;
    }

    /// <summary>At once, in the thread that tells.</summary>
    private sealed class Told(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
