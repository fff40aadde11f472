using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>Collects <see cref="ModelInfo"/> from an artifact.</summary>
internal static class ModelInfoReader
{
    public static ModelInfo Read(ArtifactReader artifact, NativeArena arena) => new()
    {
        Name = artifact.Plan.ModelName,
        SourceHash = artifact.Meta.SourceHash,
        StructureHash = artifact.Plan.StructureHash,
        Opset = artifact.Plan.Opset,
        ToolVersion = artifact.Meta.ToolVersion,
        Preset = artifact.Meta.Preset,
        OriginalBytes = artifact.Meta.OriginalBytes,
        CompressedBytes = artifact.Length,
        Inputs = Ports(artifact.Plan.Inputs),
        Outputs = Ports(artifact.Plan.Outputs),
        Tensors = [.. artifact.Tensors.Select(entry => new TensorInfo
        {
            Name = entry.Name,
            Shape = [.. entry.Shape],
            Type = entry.Type,
            Format = entry.Format.ToString(),
            Description = CodecTable.Describe(artifact.Payload(entry, arena)),
            StoredBytes = entry.StoredBytes,
            RelativeError = entry.RelativeError,
        })],
    };

    private static PortInfo[] Ports(IReadOnlyList<PlanPort> ports) =>
        [.. ports.Select(port => new PortInfo { Name = port.Name, Type = port.Type, Dimensions = [.. port.Shape.Select(d => d.ToString())] })];
}
