using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Report;

/// <summary>The page that the option <c>Report</c> asks for, beside the artifact that was made.</summary>
internal static class BuildReport
{
    private const int RandomSamples = 8;

    /// <param name="model">The .onnx.</param>
    /// <param name="artifact">What was made of it.</param>
    /// <param name="options">How; calibration data, where there is some, is what is run.</param>
    /// <param name="bag">Gets a warning where the network could not be run for the page.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The page; null if none is wanted.</returns>
    public static string? Write(string model, string artifact, ModelOptions options, DiagnosticBag bag, CancellationToken cancellation)
    {
        if (!options.Report) return null;
        string page = Path.ChangeExtension(artifact, ".html");
        ReportContent content = ReportCollector.Read(artifact);
        // What cannot be run does not spoil the build: the page is there without it.
        DiagnosticBag problems = new();
        content = Run(content, model, artifact, options, problems, cancellation);
        if (problems.All.FirstOrDefault(p => p.Severity == DiagnosticSeverity.Error) is { } first)
            bag.Add(DiagnosticCatalogue.ReportIncomplete.At(new DiagnosticPlace(model), Path.GetFileName(model), first.Text));
        OutputFiles.WriteText(page, ReportPage.Write(content));
        return page;
    }

    private static ReportContent Run(ReportContent content, string model, string artifact, ModelOptions options, DiagnosticBag problems, CancellationToken cancellation)
    {
        using RunnableModel? original = RunnableModel.Open(model, options.Fixed, problems, cancellation);
        using RunnableModel? made = RunnableModel.Open(artifact, options.Fixed, problems, cancellation);
        if (original is null || made is null) return content;
        CalibrationSet? data = options.Calibration is { } files ? CalibrationSet.Open(files, made.Plan.Inputs, options.PreProcessing, options.Spelling, problems, options.Fixed.Constants.Keys) : null;
        if (problems.HasErrors) return content;

        IReadOnlyList<InputSample> generated = data is null ? GateInputs.Of(model, content.Meta, options.PreProcessing, cancellation) : [];

        InputValues Values(IReadOnlyList<PlanPort> ports, int sample)
        {
            InputValues values = new(ports, problems) { RandomSeed = data is null ? sample * 1009 : null };
            if (sample < generated.Count) GateInputs.Give(generated[sample], sample, values);
            if (data is null) return values;
            IReadOnlyList<NpyFile> read = data.Read(sample).Values;
            for (int i = 0; i < read.Count; i++) values.Take(i, read[i], data.FileOf(i, sample));
            return values;
        }

        try
        {
            ReportCollector collector = new(artifact, Values, data?.Count ?? (generated.Count > 0 ? generated.Count : RandomSamples), problems, cancellation) { Labels = options.Labels };
            string inputs = data is not null ? data.NameOf(0) : generated.Count > 0 ? "generated inputs" : "random inputs";
            content = content with { Steps = collector.Time(), RunInputs = inputs, AreGenerated = generated.Count > 0 };
            if (problems.HasErrors) return content;
            (IReadOnlyList<OutputDifference> outputs, IReadOnlyList<SampleAnswer> samples) = collector.Compare(original, made);
            return problems.HasErrors ? content : content with { Outputs = outputs, Samples = samples, Effects = collector.Effects(model) };
        }
        catch (DiagnosticException problem)
        {
            foreach (Diagnostic one in problem.Diagnostics) problems.Add(one);
            return content;
        }
    }
}
