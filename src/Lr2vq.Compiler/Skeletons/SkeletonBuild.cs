using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Plans;

namespace Lr2vq.Skeletons;

/// <summary>A network as ONNX Runtime gets it: the weights that the artifact holds, and the model that names them.</summary>
/// <param name="Network">Plan and weights. The Plan has the steps of the compiler, or is one step, the whole network.</param>
/// <param name="Section">The section <c>skeleton</c>.</param>
internal sealed record SkeletonBuild(PlannedNetwork Network, byte[] Section)
{
    /// <summary>Puts them together.</summary>
    /// <param name="network">Plan and weights.</param>
    /// <param name="model">The model with all tensors.</param>
    /// <param name="tensors">For each weight the tensor that stands for it; null where the model keeps the values.</param>
    public static SkeletonBuild Of(PlannedNetwork network, OnnxModel model, IReadOnlyList<OnnxTensor?> tensors)
    {
        ElementType[] types = [.. tensors.Select(tensor => tensor?.ElementType ?? ElementType.Undefined)];
        (long[] offsets, long _) = ArtifactSkeleton.Arrange(network.Plan.Weights, types);
        var places = new Places();
        for (int i = 0; i < types.Length; i++)
            if (tensors[i] is { } tensor) places.Offsets.Add(tensor, offsets[i]);
        return new SkeletonBuild(network, ArtifactSkeleton.Write(types, stream => OnnxWriter.Write(model, stream, places)));
    }

    /// <summary>Tensors lie in memory that has the name of a file.</summary>
    private sealed class Places : IExternalTensors
    {
        public Dictionary<OnnxTensor, long> Offsets { get; } = new(ReferenceEqualityComparer.Instance);

        public bool TryPlace(OnnxTensor tensor, WireWriter wire)
        {
            if (!Offsets.TryGetValue(tensor, out long offset)) return false;
            OnnxWriter.Refer(wire, ArtifactSkeleton.Location, offset, tensor.StoredBytes);
            return true;
        }
    }
}
