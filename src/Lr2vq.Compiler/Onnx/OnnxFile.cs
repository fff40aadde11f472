using System;
using System.IO;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>Opens ONNX models.</summary>
internal static class OnnxFile
{
    /// <summary>Reads the structure of a model: every problem goes to <paramref name="bag"/>, nothing is thrown for what a file contains.</summary>
    /// <returns>The model; null if the bag got an error. Tensor payloads stay in the files until they are read, so the model must be disposed.</returns>
    public static OnnxModel? Open(string path, DiagnosticBag bag)
    {
        if (OnnxFileKind.RefusePath(path) is { } refused)
        {
            bag.Add(refused);
            return null;
        }
        var model = new OnnxModel();
        try
        {
            if (TryRead(path, model, bag)) return model;
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

    private static bool TryRead(string path, OnnxModel model, DiagnosticBag bag)
    {
        MappedFile file = MappedFile.Open(path);
        model.Own(file);
        if (OnnxFileKind.RefuseContent(path, file) is { } refused)
        {
            bag.Add(refused);
            return false;
        }
        var problems = new ProblemList(path, bag);
        var external = new ExternalFiles(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "", problems);
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
        return !problems.Any;
    }
}
