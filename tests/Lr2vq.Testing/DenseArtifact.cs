using System;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Testing;

/// <summary>A model by way of reader, passes, Plan and artifact, its weights as they are: only the computation differs from the oracle's.</summary>
internal static class DenseArtifact
{
    /// <summary>The Plan and the bytes of the artifact; fails with the diagnostics.</summary>
    public static (Plan Plan, byte[] Bytes) Of(string path)
    {
        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxFile.Open(path, bag);
        PlannedNetwork? network = model is null ? null : Planner.Plan(model, Path.GetFileNameWithoutExtension(path), path, null, bag);
        if (network is null) throw new DiagnosticException([.. bag.All]);
        EncodedTensor[] tensors = [.. ModelCompressor.Sources(network).Select(Encode)];
        ArtifactMeta meta = new("0.0.0", Path.GetFileName(path), new string('0', 64), model!.OriginalBytes, "Lossless", []);
        return (network.Plan, ArtifactWriter.ToArray(meta, PlanText.Write(network.Plan), tensors));
    }

    /// <summary>As <see cref="Of(string)"/> for a model in memory.</summary>
    public static (Plan Plan, byte[] Bytes) Of(byte[] model)
    {
        string path = Path.Combine(Path.GetTempPath(), $"lr2vq-{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(path, model);
        try
        {
            return Of(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Runs an artifact once, inputs in the order of the Plan.</summary>
    public static HostTensor[] Run(byte[] artifact, Plan plan, params HostTensor[] inputs)
    {
        using PlanRunner runner = PlanRunner.Load(artifact);
        using ModelSession session = runner.CreateSession();
        return Run(session, plan, inputs);
    }

    public static HostTensor[] Run(ModelSession session, Plan plan, params HostTensor[] inputs)
    {
        Assert.Equal(plan.Inputs.Count, inputs.Length);
        for (int i = 0; i < inputs.Length; i++) session.SetInputBytes(i, inputs[i].Bytes, inputs[i].Shape);
        session.Run();
        return [.. plan.Outputs.Select((output, i) => new HostTensor(output.Type, session.OutputShape(i).ToArray(), session.OutputBytes(i).ToArray()))];
    }

    private static EncodedTensor Encode(WeightSource source)
    {
        TensorIdentity identity = source.Identity;
        if (identity.Type != ElementType.Float32) return identity.With(TensorFormat.Dense, [], dense: source.ReadRaw());
        float[] canonical = new float[source.Length];
        source.ReadCanonical(canonical);
        return DenseTensor.Pack(identity, canonical, DenseEncoding.Fp32);
    }
}
