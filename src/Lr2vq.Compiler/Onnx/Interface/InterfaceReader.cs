using System;
using System.Collections.Generic;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>Reads inputs, outputs and header of a model of any size: payloads are skipped, never read.</summary>
internal static class InterfaceReader
{
    /// <summary>Reads the interface of a model. Every problem goes to <paramref name="bag"/>; nothing is thrown for what a file contains.</summary>
    /// <returns>Null if the bag got an error.</returns>
    public static ModelInterface? Read(string path, DiagnosticBag bag)
    {
        if (OnnxFileKind.RefusePath(path) is { } refused)
        {
            bag.Add(refused);
            return null;
        }
        try
        {
            using var source = new FileSource(path);
            return Read(path, source, bag);
        }
        catch (Exception e) when (OnnxFileKind.IsFileProblem(e))
        {
            bag.Add(DiagnosticCatalogue.ModelFileUnreadable.At(new DiagnosticPlace(path), path, e.Message));
            return null;
        }
    }

    private static ModelInterface? Read(string path, ByteSource source, DiagnosticBag bag)
    {
        if (OnnxFileKind.RefuseContent(path, source) is { } refused)
        {
            bag.Add(refused);
            return null;
        }
        var model = new ModelInterface();
        var opsets = new Dictionary<string, int>(StringComparer.Ordinal);
        var inputs = new List<OnnxValueInfo>();
        var outputs = new List<OnnxValueInfo>();
        var initializers = new HashSet<string>(StringComparer.Ordinal);
        bool hasGraph = false;
        var wire = new WireReader(source, 0, source.Length);
        try
        {
            while (wire.Next())
            {
                switch (wire.Field)
                {
                    case 2: model.ProducerName = wire.LongText(); break;
                    case 3: model.ProducerVersion = wire.LongText(); break;
                    case 6: model.DocString = wire.LongText(); break;
                    case 7:
                        hasGraph = true;
                        Graph(wire, model, inputs, outputs, initializers);
                        break;
                    case 8: HeaderParser.OpsetImport(wire, opsets); break;
                    default: wire.Skip(); break;
                }
            }
        }
        catch (WireException e)
        {
            bag.Add(OnnxFileKind.RefuseText(path, source) ?? HeaderChecks.Damage(path, e));
            return null;
        }
        if (HeaderChecks.Incomplete(path, source, hasGraph, opsets) is { } incomplete)
        {
            bag.Add(incomplete);
            return null;
        }
        model.DefaultedInputs = inputs.FindAll(input => initializers.Contains(input.Name));
        inputs.RemoveAll(input => initializers.Contains(input.Name));
        model.Opset = opsets.TryGetValue("", out int opset) ? opset : 0;
        (model.Inputs, model.Outputs) = (inputs, outputs);
        bool sound = true;
        foreach ((List<OnnxValueInfo> ports, string direction) in new[] { (inputs, "input"), (outputs, "output") })
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (OnnxValueInfo port in ports)
            {
                if (HeaderChecks.RefusePort(port, direction, names) is not { } problem) continue;
                if (sound || bag.All.Count < 20) bag.Add(problem.At(path));
                sound = false;
            }
        }
        return sound ? model : null;
    }

    private static void Graph(WireReader wire, ModelInterface model, List<OnnxValueInfo> inputs, List<OnnxValueInfo> outputs, HashSet<string> initializers)
    {
        long outer = wire.Enter();
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 2: model.GraphName = wire.LongText(); break;
                case 5:
                    long outerTensor = wire.Enter();
                    while (wire.Next())
                    {
                        if (wire.Field != 8)
                        {
                            wire.Skip();
                            continue;
                        }
                        initializers.Add(wire.Text());
                        // The payload follows the name.
                        break;
                    }
                    wire.Leave(outerTensor);
                    break;
                case 10:
                    string doc = wire.LongText();
                    if (model.DocString.Length == 0) model.DocString = doc;
                    break;
                case 11: inputs.Add(HeaderParser.ValueInfo(wire)); break;
                case 12: outputs.Add(HeaderParser.ValueInfo(wire)); break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
    }
}
