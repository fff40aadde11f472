using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Plans;

namespace Lr2vq.Skeletons;

/// <summary>The skeleton of a network that the compiler takes: what <c>export</c> writes of its Plan. So gate, report and comparisons are those of
/// the managed back end, and the artifact serves both.</summary>
internal static class SkeletonOfPlan
{
    /// <summary>Integers of so many bytes and fewer stay in the model: ONNX infers shapes from them before it sees any tensor.</summary>
    private const int MostBytesOfIntegers = 4096;

    /// <param name="network">The network.</param>
    /// <param name="toolVersion">Version of the compressor.</param>
    /// <param name="problems">Receives the steps that ONNX has no form of.</param>
    /// <returns>Null if there are such steps.</returns>
    public static SkeletonBuild? Make(PlannedNetwork network, string toolVersion, DiagnosticBag problems)
    {
        var tensors = new OnnxTensor?[network.Plan.Weights.Count];
        Dictionary<string, int> indices = network.Plan.Weights.Select((weight, i) => (weight.Value, i)).ToDictionary(w => w.Value, w => w.i);
        OnnxModel? model = DenseExport.Convert(network.Plan, network.Plan.ModelName, toolVersion, (weight, name) =>
        {
            int index = indices[weight.Value];
            ConstantTensor constant = network.Constants[index];
            var tensor = new OnnxTensor(name, (int)weight.Type, [.. weight.Shape.Select(d => (long)d)], NibblePayload.Of(weight.Type, new ConstantPayload(constant), constant.Count));
            bool stays = constant.Count == 0 || ElementTypes.IsNibble(weight.Type) || weight.Type != ElementType.Float32 && constant.ByteLength <= MostBytesOfIntegers;
            if (!stays) tensors[index] = tensor;
            return tensor;
        }, problems);
        return model is null ? null : SkeletonBuild.Of(network, model, tensors);
    }

    /// <summary>The values of a constant as a payload.</summary>
    private sealed class ConstantPayload(ConstantTensor constant) : TensorPayload
    {
        public override void Read(long offset, System.Span<byte> destination) => constant.ReadRaw(destination, offset / ElementTypes.ByteLength(constant.Type));
    }
}
