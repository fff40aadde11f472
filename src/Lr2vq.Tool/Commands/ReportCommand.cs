using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Report;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq report MODEL.lr2vq -o report.html</c>: a page about an artifact.</summary>
internal static class ReportCommand
{
    private const int UsualSamples = 8;

    public static Command Create(ToolContext context)
    {
        Argument<string> file = new("MODEL.lr2vq") { Description = "The artifact." };
        Option<string?> output = new("--output", "-o") { Description = "The page to write; default: the artifact's name with .html, beside it.", HelpName = "REPORT.html" };
        Option<string?> model = new("--model") { Description = "The .onnx it was made of: the page then shows answers before and after.", HelpName = "MODEL.onnx" };
        Option<string[]> data = SharedOptions.Data();
        Option<string?> labels = new("--labels") { Description = "File with a label a line.", HelpName = "FILE" };
        Option<string?> rates = new("--rates") { Description = "Ratios to try beside the artifact's own, such as 4,6,8,12: the page then shows size against output change. Each is a compression.", HelpName = "A,B,…" };
        Option<string[]> shapes = SharedOptions.Shape();
        Command command = new("report", "Writes a page about an artifact: what it is made of, where the error sits, answers before and after, speed by layer.") { file, output, model, data, labels, rates, shapes };
        PictureOptions pictures = PictureOptions.AddTo(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!, page = parsed.GetValue(output) ?? Path.ChangeExtension(path, ".html");
            string[] words = parsed.GetValue(data) ?? [];
            DiagnosticBag bag = new();
            pictures.Check(parsed, bag);
            IReadOnlyList<string>? names = parsed.GetValue(labels) is { } labelFile ? LabelFile.Read(labelFile, bag.Add) : null;
            double[] ratios = Ratios(parsed.GetValue(rates), bag);
            ReportContent content = ReportCollector.Read(path);
            using RunnableModel artifact = RunnableModel.Open(path, FixedInputs.None, bag, context.Cancellation)!;
            string? onnx = parsed.GetValue(model);
            using RunnableModel? original = onnx is null ? null : RunnableModel.Open(onnx, FixedInputs.Of(content.Meta.Options), bag, context.Cancellation);
            SampleFiles files = SampleFiles.Read(words, new InputValues(artifact.Plan.Inputs, bag), artifact.Plan.Inputs.Count, "--data", bag);
            PreProcessing asPictures = pictures.Read(parsed, artifact.Runner.ReadPreProcessing());
            pictures.CheckUse(parsed, asPictures, artifact.Plan.Inputs, files.All, "--data", bag);
            if (onnx is null)
                foreach (Option option in (Option[])[labels, rates])
                    if (parsed.GetResult(option) is not null) bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = option.Name }, option.Name, "--model is not given"));
            OutputFiles.Check(page, [path, .. onnx is null ? [] : (string[])[onnx], .. files.All], bag);
            if (bag.HasErrors) return DiagnosticPrinter.Finish(context, bag);
            // Who says a shape wants inputs of that shape.
            bool isOpen = files.Count == 0 && parsed.GetResult(shapes) is null;
            IReadOnlyList<InputSample> generated = isOpen && onnx is not null ? GateInputs.Of(onnx, content.Meta, asPictures, context.Cancellation) : [];

            InputValues Values(IReadOnlyList<PlanPort> ports, int sample)
            {
                InputValues values = new(ports, bag) { Pictures = asPictures, RandomSeed = sample * 1009 };
                if (sample < generated.Count) GateInputs.Give(generated[sample], sample, values);
                values.TakeShapes(parsed.GetValue(shapes) ?? []);
                for (int i = 0; i < ports.Count; i++)
                    if (files.Of(i, sample) is { } one) values.TakeFile(i, one);
                return values;
            }

            int count = files.Count > 0 ? files.Count : generated.Count > 0 ? generated.Count : UsualSamples;
            string inputs = files.Count > 0 ? Path.GetFileName(files.All.First()) : generated.Count > 0 ? "generated inputs" : "random inputs";
            ReportCollector collector = new(path, Values, count, bag, context.Cancellation) { Labels = names };
            content = content with { Steps = collector.Time(), RunInputs = inputs, AreGenerated = generated.Count > 0 };
            if (!bag.HasErrors && original is not null)
            {
                (IReadOnlyList<OutputDifference> outputs, IReadOnlyList<SampleAnswer> samples) = collector.Compare(original, artifact);
                content = content with { Outputs = outputs, Samples = samples, Effects = collector.Effects(onnx!) };
                if (ratios.Length > 0 && !bag.HasErrors)
                    content = content with { Rates = [.. collector.Try(original, onnx!, content, ratios), new RatePoint(content.Info.Ratio, outputs.Max(o => o.RelativeL2), IsThis: true)] };
            }
            if (bag.HasErrors) return DiagnosticPrinter.Finish(context, bag);
            OutputFiles.WriteText(page, ReportPage.Write(content));
            context.Output.WriteLine($"written: {page}");
            return DiagnosticPrinter.Finish(context, bag);
        });
        return command;
    }

    private static double[] Ratios(string? text, DiagnosticBag bag)
    {
        if (text is null) return [];
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        double[] ratios = new double[parts.Length];
        bool good = true;
        for (int i = 0; i < parts.Length; i++) good &= double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out ratios[i]) && ratios[i] is > 1 and < 1000;
        if (good) return ratios;
        bag.Add(DiagnosticCatalogue.OptionNumberInvalid.At(new DiagnosticPlace { Option = "--rates" }, "--rates", text, "numbers above 1, such as 4,6,8"));
        return [];
    }
}
