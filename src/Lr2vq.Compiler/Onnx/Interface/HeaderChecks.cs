using System;
using System.Collections.Generic;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>What is refused after the first look at a model, the same for the task and the compiler.</summary>
internal static class HeaderChecks
{
    public const int OldestOpset = 7, NewestOpset = 24;

    /// <summary>The diagnostic for a file whose wire format is broken.</summary>
    public static Diagnostic Damage(string path, WireException e) => e.TooDeep
        ? DiagnosticCatalogue.NestedTooDeep.At(new DiagnosticPlace(path), path, WireReader.MaxDepth, e.Position)
        : DiagnosticCatalogue.ModelDamaged.At(new DiagnosticPlace(path), path, e.Position, e.Message);

    /// <summary>The diagnostic for a file that parsed, but lacks what every model has; null if it has it.</summary>
    public static Diagnostic? Incomplete(string path, ByteSource source, bool hasGraph, IReadOnlyDictionary<string, int> opsets)
    {
        var place = new DiagnosticPlace(path);
        if (!hasGraph)
            return OnnxFileKind.RefuseText(path, source)
                ?? DiagnosticCatalogue.ModelWithoutGraph.At(place, path, "graph (a TensorFlow .pb, a single tensor, or another protobuf file?)");
        if (!opsets.TryGetValue("", out int opset))
            return opsets.Count > 0 ? null : DiagnosticCatalogue.ModelWithoutGraph.At(place, path, "opset (files of IR version 2 and older have none)");
        return opset is >= OldestOpset and <= NewestOpset ? null
            : DiagnosticCatalogue.OpsetUnsupported.At(place, opset, OldestOpset, NewestOpset);
    }

    /// <summary>What is wrong with an input or output; null if nothing is.</summary>
    /// <param name="names">Names of the ports before it; the port's is added.</param>
    public static PortProblem? RefusePort(OnnxValueInfo port, string direction, HashSet<string> names)
    {
        var place = new DiagnosticPlace(null, null, port.Name);
        if (port.Name.Length == 0) return new PortProblem(DiagnosticCatalogue.NameMissing, place, "An " + direction, "name");
        if (!names.Add(port.Name)) return new PortProblem(DiagnosticCatalogue.PortDuplicate, place, direction, port.Name);
        // The type of an output follows from the graph.
        if (port.Type == ElementType.Undefined && port.NotTensor is null && direction == "input")
            return new PortProblem(DiagnosticCatalogue.PortTypeUnsupported, place, direction, port.Name, "a value without a type");
        if (port.IsDictionaries && direction == "input") return new PortProblem(DiagnosticCatalogue.PortTypeUnsupported, place, direction, port.Name, "a sequence");
        if (port.NotTensor is not null) return new PortProblem(DiagnosticCatalogue.PortTypeUnsupported, place, direction, port.Name, port.NotTensor);
        if (port.Dims is null && direction == "input") return new PortProblem(DiagnosticCatalogue.PortWithoutShape, place, port.Name);
        foreach (OnnxDimension dimension in port.Dims ?? Array.Empty<OnnxDimension>())
            if (dimension.IsNumber && (dimension.Number < 0 || dimension.Number > int.MaxValue))
                return new PortProblem(DiagnosticCatalogue.PortDimensionInvalid, place, direction, port.Name, dimension.Number);
        return null;
    }
}
