using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>Collects <see cref="ModelInfo"/> from an artifact.</summary>
internal static class ModelInfoReader
{
    public static ModelInfo Read(ArtifactReader artifact, NativeArena arena)
    {
        Dictionary<string, List<ConvForms>> forms = FormsByWeight(artifact);
        return new()
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
            Tensors = [.. artifact.Tensors.Select(entry =>
                new TensorInfo(entry, CodecTable.Describe(artifact.Payload(entry, arena)), forms.GetValueOrDefault(entry.Name, [])))],
        };
    }

    /// <summary>For each weight that a step with forms reads: those forms, alike ones once.</summary>
    private static Dictionary<string, List<ConvForms>> FormsByWeight(ArtifactReader artifact)
    {
        Dictionary<string, List<ConvForms>> byName = new(StringComparer.Ordinal);
        if (artifact.Forms.Count == 0) return byName;
        Dictionary<string, string> names = artifact.Plan.Weights.ToDictionary(w => w.Value, w => w.Name, StringComparer.Ordinal);
        foreach (StepForms one in artifact.Forms)
        {
            IReadOnlyList<string?> inputs = artifact.Plan.Steps[one.Step - 1].Inputs;
            if (inputs.Count < 2 || inputs[1] is not { } value || !names.TryGetValue(value, out string? name)) continue;
            if (!byName.TryGetValue(name, out List<ConvForms>? forms)) byName.Add(name, forms = []);
            if (!forms.Contains(ConvFormsOf(one))) forms.Add(ConvFormsOf(one));
        }
        return byName;
    }

    /// <summary>The forms of a step as kernels know them.</summary>
    public static ConvForms ConvFormsOf(StepForms step) => new(ConvForm.Of(step.Vector512), ConvForm.Of(step.Vector256), ConvForm.Of(step.Vector128))
    {
        Shape = (step.Batch, step.Height, step.Width),
    };

    private static PortInfo[] Ports(IReadOnlyList<PlanPort> ports) =>
        [.. ports.Select(port => new PortInfo { Name = port.Name, Type = port.Type, Dimensions = [.. port.Shape.Select(d => d.ToString())] })];
}
