using System;
using System.Collections.Generic;
using System.IO;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>Opens ONNX models.</summary>
internal static class OnnxFile
{
    /// <summary>Problems that leave the structure of the graph as it is meant.</summary>
    private static readonly HashSet<DiagnosticDefinition> OfParts =
    [
        DiagnosticCatalogue.ExternalFileMissing, DiagnosticCatalogue.ExternalPathRefused, DiagnosticCatalogue.ExternalRangeInvalid, DiagnosticCatalogue.TensorTypeUnsupported,
        DiagnosticCatalogue.TensorDimensionsInvalid, DiagnosticCatalogue.SparseInitializer, DiagnosticCatalogue.PortTypeUnsupported, DiagnosticCatalogue.PortWithoutShape,
        DiagnosticCatalogue.PortDimensionInvalid, DiagnosticCatalogue.OpsetMissing,
    ];

    /// <summary>Reads the structure of a model: every problem goes to <paramref name="bag"/>, nothing is thrown for what a file contains.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="bag">Receives all problems.</param>
    /// <param name="diagnose">Finds further problems of a model that cannot be used but whose structure is whole, so that one list has them all.</param>
    /// <returns>The model; null if the bag got an error. Tensor payloads stay in the files until they are read, so the model must be disposed.</returns>
    public static OnnxModel? Open(string path, DiagnosticBag bag, Action<OnnxModel>? diagnose = null)
    {
        if (OnnxFileKind.RefusePath(path) is { } refused)
        {
            bag.Add(refused);
            return null;
        }
        var model = new OnnxModel();
        try
        {
            if (TryRead(path, model, bag, diagnose)) return model;
        }
        catch (Exception e) when (OnnxFileKind.IsFileProblem(e))
        {
            bag.Add(DiagnosticCatalogue.ModelFileUnreadable.At(new DiagnosticPlace(path), path, e.Message));
        }
        catch (DiagnosticException e)
        {
            foreach (Diagnostic diagnostic in e.Diagnostics) bag.Add(diagnostic);
        }
        model.Dispose();
        return null;
    }

    private static bool TryRead(string path, OnnxModel model, DiagnosticBag bag, Action<OnnxModel>? diagnose)
    {
        MappedFile file = MappedFile.Open(path);
        model.Own(file);
        if (OnnxFileKind.RefuseContent(path, file) is { } refused)
        {
            bag.Add(refused);
            return false;
        }
        var problems = new ProblemList(path, bag);
        var external = new ExternalFiles(path, problems);
        model.Own(external);
        var wire = new WireReader(file, 0, file.Length);
        var parser = new ModelParser(wire, new TensorParser(file, external, problems), model);
        try
        {
            parser.Parse();
        }
        catch (WireException e)
        {
            bag.Add(OnnxFileKind.RefuseText(path, file) ?? HeaderChecks.Damage(path, e));
            return false;
        }
        if (HeaderChecks.Incomplete(path, file, parser.HasGraph, model.OpsetImports) is { } incomplete)
        {
            bag.Add(incomplete);
            return false;
        }
        external.ReportMissing();
        FunctionInliner.Inline(model, problems);
        GraphChecks.Check(model, problems);
        TopologicalOrder.Sort(model.Graph, problems);
        problems.Finish();
        model.OriginalBytes = file.Length + external.TotalBytes;
        model.Files = [path, .. external.Paths];
        if (problems.Any && problems.OnlyOf(OfParts)) diagnose?.Invoke(model);
        return !problems.Any;
    }
}
