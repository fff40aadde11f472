using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq compare A B</c>: the outputs of two networks for the same inputs, side by side.</summary>
internal static class CompareCommand
{
    private const int UsualSamples = 8;

    public static Command Create(ToolContext context)
    {
        Argument<string> a = new("A") { Description = "The reference: an .onnx network, whose weights are taken as they are, or an .lr2vq artifact." };
        Argument<string> b = new("B") { Description = "What is compared with it: the same kinds." };
        Option<string[]> data = SharedOptions.Data();
        Option<int?> seed = SharedOptions.Whole("--seed", "SEED", "Seed of random inputs; default: 0.", 0, int.MaxValue - 1_000_000);
        Option<int?> samples = SharedOptions.Whole("--samples", "N", $"Samples of random inputs; default: {UsualSamples}.", 1, 1_000_000);
        Option<string[]> shapes = SharedOptions.Shape();
        Option<string?> maxError = new("--max-error") { Description = "End with 1 if the relative error Σ(a − b)² / Σa² of an output is above this.", HelpName = "E" };
        Option<bool> json = SharedOptions.Json();
        Command command = new("compare", "Runs two networks on the same inputs and tells how far their outputs are apart.") { a, b, data, seed, samples, shapes };
        ModelOptionSet choices = ModelOptionSet.AddTo(command, OptionTable.Fixes);
        command.Options.Add(maxError);
        PictureOptions pictures = PictureOptions.AddTo(command);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            DiagnosticBag bag = new();
            pictures.Check(parsed, bag);
            string[] words = parsed.GetValue(data) ?? [];
            FixedInputs given = OptionParser.Parse(choices.Words(parsed), null, bag, OptionSpelling.CommandLine).Fixed;
            double? limit = Limit(parsed.GetValue(maxError), bag);
            if (bag.HasErrors) return DiagnosticPrinter.Finish(context, bag);
            using RunnableModel? left = RunnableModel.Open(parsed.GetValue(a)!, given, bag, context.Cancellation);
            using RunnableModel? right = RunnableModel.Open(parsed.GetValue(b)!, given, bag, context.Cancellation);
            if (left is null || right is null) return DiagnosticPrinter.Finish(context, bag);
            using NetworkPair pair = new(left, right, bag, context.Cancellation);
            if (bag.HasErrors) return DiagnosticPrinter.Finish(context, bag);

            PreProcessing asPictures = pictures.Read(parsed, left.Runner.ReadPreProcessing() ?? right.Runner.ReadPreProcessing());

            InputValues Values(int sample)
            {
                InputValues values = new(pair.Inputs, bag)
                {
                    Pictures = asPictures,
                    // Samples are apart by more than there are inputs: each input has a seed of its own.
                    RandomSeed = words.Length == 0 || pair.Inputs.Count > 1 ? (parsed.GetValue(seed) ?? 0) + sample * 1009 : null,
                    Dimensions = pair.Lengths(given.Dimensions),
                };
                values.TakeShapes(parsed.GetValue(shapes) ?? []);
                return values;
            }

            SampleFiles files = SampleFiles.Read(words, new InputValues(pair.Inputs, bag), pair.Inputs.Count, "--data", bag);
            pictures.CheckUse(parsed, asPictures, pair.Inputs, files.All, "--data", bag);
            int count = files.Count > 0 ? files.Count : parsed.GetValue(samples) ?? UsualSamples;
            if (files.Count > 0 && pair.Inputs.Count == 1) WarnUnused(parsed, [seed, samples], bag);
            for (int sample = 0; sample < count && !bag.HasErrors; sample++)
            {
                InputValues values = Values(sample);
                for (int i = 0; i < pair.Inputs.Count; i++)
                    if (files.Of(i, sample) is { } file) values.TakeFile(i, file);
                if (values.Finish()) pair.Add(values, bag);
            }
            if (bag.HasErrors) return DiagnosticPrinter.Finish(context, bag);
            foreach (OutputDifference output in pair.Outputs.Where(o => limit is not null && (o.RelativeError > limit || o.Unlike > 0)))
                bag.Add(DiagnosticCatalogue.OutputErrorHigh.At(new DiagnosticPlace(right.Path), output.Name, output.Unlike > 0 ? $"not finite for {output.Unlike} values" : Words.Error(output.RelativeError), Words.Error(limit!.Value)));
            string inputs = files.Count == 0 ? $"random, seed {parsed.GetValue(seed) ?? 0}" : string.Join(", ", words) + (files.LeftOut > 0 ? $"; {files.LeftOut} other files left out" : "");
            if (parsed.GetValue(json)) JsonOutput.Write(context, ToJson(pair, count, inputs));
            else WriteText(context, pair, count, inputs);
            return DiagnosticPrinter.Finish(context, bag);
        });
        return command;
    }

    private static double? Limit(string? word, DiagnosticBag bag)
    {
        if (word is null) return null;
        if (OptionNumbers.MaxError.TryParse(word) is { } limit) return limit;
        bag.Add(DiagnosticCatalogue.OptionNumberInvalid.At(new DiagnosticPlace { Option = "--max-error" }, "--max-error", word, OptionNumbers.MaxError.Text));
        return null;
    }

    private static void WarnUnused(ParseResult parsed, Option<int?>[] options, DiagnosticBag bag)
    {
        foreach (Option<int?> option in options)
            if (parsed.GetValue(option) is not null)
                bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = option.Name }, option.Name, "the inputs come from files"));
    }

    private static void WriteText(ToolContext context, NetworkPair pair, int samples, string inputs)
    {
        foreach ((string side, RunnableModel model) in (ReadOnlySpan<(string, RunnableModel)>)[("A", pair.Left), ("B", pair.Right)])
            context.Output.WriteLine(Words.Shorten($"{side}  {model.Path}{(model.IsOnnx ? "  (weights as they are)" : "")}", context.Width));
        context.Output.WriteLine(Words.Shorten($"{samples} samples: {inputs}", context.Width));
        context.Output.WriteLine();
        TableText table = new("output", "shape", "largest |a-b|", "relative error", "agreement") { FirstNumber = 2, GivingWay = [0, 1] };
        foreach (OutputDifference output in pair.Outputs)
            table.Add(output.Name, Words.Shape(output.Shape), TensorSummary.Text(output.Largest), Words.Error(output.RelativeError),
                output.Agreement is { } agreement ? string.Create(CultureInfo.InvariantCulture, $"{agreement * 100:0.##} % of {output.Rows}") : "-");
        table.Write(context, context.Width);
        context.Output.WriteLine();
        foreach (OutputDifference output in pair.Outputs.Where(o => o.Unlike > 0))
            context.Output.WriteLine(Words.Shorten($"{output.Name}: {output.Unlike} values are infinite or no number in one network only", context.Width));
        context.Output.WriteLine("relative error: Σ(a − b)² / Σa²; agreement: rows with the same largest class");
    }

    private static JsonObject ToJson(NetworkPair pair, int samples, string inputs) => new()
    {
        ["a"] = pair.Left.Path,
        ["b"] = pair.Right.Path,
        ["samples"] = samples,
        ["data"] = inputs,
        ["outputs"] = new JsonArray([.. pair.Outputs.Select(o => new JsonObject
        {
            ["name"] = o.Name,
            ["shape"] = new JsonArray([.. o.Shape.Select(d => (JsonNode)d)]),
            ["largestDifference"] = o.Largest,
            ["relativeError"] = o.RelativeError,
            ["agreement"] = o.Agreement,
            ["rows"] = o.Agreement is null ? null : o.Rows,
            ["unlike"] = o.Unlike,
        })]),
    };
}
