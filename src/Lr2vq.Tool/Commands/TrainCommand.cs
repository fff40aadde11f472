using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Options;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Training;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq train MODEL.onnx --data DATA --data-labels LABELS -o OUT.onnx</c>: trains a network's own weights with labels.</summary>
internal static class TrainCommand
{
    private static readonly string[] s_shared = ["Labels", "Mean", "Std", "Range", "Channels", "Layout", "Fit", "Resize", "Seed"];

    /// <summary>Options that a compression calls otherwise.</summary>
    private static readonly OptionSpelling s_spelling = new(option => option.Name switch { "CalibrationData" => "--data", "CalibrationLabels" => "--data-labels", _ => "--" + option.KebabName }, isCommandLine: true);

    public static Command Create(ToolContext context)
    {
        Argument<string> model = new("MODEL.onnx") { Description = "The network." };
        Option<string> output = new("--output", "-o") { Description = "The network to write: the same graph with other numbers.", HelpName = "OUT.onnx", Required = true };
        Option<string?> data = new("--data") { Description = "Samples of the network's inputs, as CalibrationData takes them: .npy and .npz arrays, pictures, sound; files, folders with all below, or patterns.", HelpName = "DATA" };
        Option<string?> classes = new("--data-labels") { Description = "Classes of the samples: lines FILE,CLASS, a class a line, an .npy array, or the word folders: the folder of a picture is its class.", HelpName = "LABELS" };
        Option<double?> epochs = Real("--epochs", $"Times that each sample is seen; default: {NetworkTraining.UsualEpochs}.", 1e-3, 1e6);
        Option<int?> images = SharedOptions.Whole("--images", "N", "Samples that are seen, those that are seen again included; instead of --epochs.", 1, int.MaxValue);
        Option<int?> batch = SharedOptions.Whole("--batch", "N", $"Samples of a step; default: {NetworkTraining.UsualBatch}.", 1, 1 << 16);
        Option<double?> rate = Real("--learning-rate", $"Adam's learning rate at the start; it falls to a hundredth. Default: {NetworkTraining.UsualRate.ToString(CultureInfo.InvariantCulture)}.", 1e-12, 10);
        Option<double?> decay = Real("--weight-decay", "Adam's weight decay; default: 0.", 0, 10);
        Option<int?> shift = SharedOptions.Whole("--shift", "N", "Moves pictures by up to N pixels by chance; default: 0.", 0, 1 << 12);
        Option<bool> mirror = new("--mirror") { Description = "Mirrors pictures by chance." };
        Option<string?> limit = new("--time-limit") { Description = "Time that the training may take, hours:minutes:seconds; it ends within it with the best so far. Default: none.", HelpName = "TIME" };
        Option<string?> checkpoint = new("--checkpoint") { Description = "File into which the training is written each minute and at Ctrl+C, and from which it goes on if it is that of the same training.", HelpName = "FILE" };
        Option<int?> threads = Threads();
        Option<bool> json = SharedOptions.Json();
        Command command = new("train", "Trains a network with labelled samples, or goes on training it, and writes it with the numbers that held-out samples like best. Wants lr2vq install-training once.") { model, output, data, classes };
        foreach (Option option in (Option[])[epochs, images, batch, rate, decay, shift, mirror]) command.Options.Add(option);
        ModelOptionSet shared = ModelOptionSet.AddTo(command, o => OptionTable.Fixes(o) || s_shared.Contains(o.Name));
        foreach (Option option in (Option[])[limit, checkpoint, threads, json]) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(model)!, target = parsed.GetValue(output)!;
            DiagnosticBag bag = new();
            List<KeyValuePair<string, string>> words = [.. shared.Words(parsed)];
            foreach ((string name, Option<string?> option) in (ReadOnlySpan<(string, Option<string?>)>)[("CalibrationData", data), ("CalibrationLabels", classes), ("TimeLimit", limit)])
                if (parsed.GetValue(option) is { } word) words.Add(new(name, word));
            ModelOptions options = OptionParser.Parse(words, null, bag, s_spelling);
            Check(options, parsed.GetValue(epochs) is not null && parsed.GetValue(images) is not null, bag);
            if (!bag.HasErrors) OutputFiles.Check(target, [path, .. options.Calibration!.All], bag);
            if (!bag.HasErrors && parsed.GetValue(checkpoint) is { } file) OutputFiles.Check(file, [path, target, .. options.Calibration!.All], bag);
            TrainedNetwork? trained = null;
            if (!bag.HasErrors && TrainingPackage.Find(TrainingSource.OfCommandLine(), "lr2vq train", bag, isOption: false) is { } package)
            {
                NetworkTraining training = new(path, target, options with { Compression = options.Compression with { Threads = parsed.GetValue(threads) ?? 0 } })
                {
                    Epochs = parsed.GetValue(epochs) ?? NetworkTraining.UsualEpochs, Images = parsed.GetValue(images), Batch = parsed.GetValue(batch) ?? NetworkTraining.UsualBatch,
                    LearningRate = parsed.GetValue(rate) ?? NetworkTraining.UsualRate, WeightDecay = parsed.GetValue(decay) ?? 0,
                    Shift = parsed.GetValue(shift) ?? 0, Mirror = parsed.GetValue(mirror), Checkpoint = parsed.GetValue(checkpoint),
                };
                trained = ProgressDisplay.Run(context, Path.GetFileName(path), parsed.GetValue(json), progress =>
                    package.Load(stage => progress?.Report(new(0, stage)), bag, context.Cancellation)?.Train(training, progress, bag, context.Cancellation));
            }
            return Finish(context, target, trained, parsed.GetValue(json), bag);
        });
        return command;
    }

    private static void Check(ModelOptions options, bool countsTwice, DiagnosticBag bag)
    {
        if (countsTwice) bag.Add(DiagnosticCatalogue.OptionsExcludeEachOther.At(new DiagnosticPlace { Option = "--images" }, "--epochs and --images"));
        if (bag.HasErrors) return;
        if (options.Calibration is null) bag.Add(DiagnosticCatalogue.OptionNeedsOther.At(new DiagnosticPlace { Option = "--data" }, "lr2vq train", "--data"));
        else if (options.Calibration.Labels is null) bag.Add(DiagnosticCatalogue.OptionNeedsOther.At(new DiagnosticPlace { Option = "--data-labels" }, "--data", "--data-labels"));
    }

    private static int Finish(ToolContext context, string target, TrainedNetwork? trained, bool json, DiagnosticBag bag)
    {
        int code = json ? DiagnosticPrinter.Code(bag.All) : DiagnosticPrinter.Finish(context, bag);
        if (json)
        {
            JsonObject result = new() { ["succeeded"] = trained is not null };
            if (trained is not null)
            {
                if (trained.IsWritten) result["output"] = target;
                foreach ((string name, LabelledQuality quality) in (ReadOnlySpan<(string, LabelledQuality)>)[("before", trained.Before), ("after", trained.After)])
                    result[name] = new JsonObject { ["loss"] = quality.Loss, ["right"] = quality.Right };
                result["steps"] = trained.Steps;
                result["images"] = trained.Images;
                result["samples"] = trained.Samples;
                result["heldOut"] = trained.HeldOut;
                result["end"] = trained.Stop.ToString();
            }
            result["diagnostics"] = JsonOutput.Diagnostics(bag.All);
            JsonOutput.Write(context, result);
        }
        else if (trained is not null)
        {
            string end = trained.Stop switch { TrainingStop.TimeIsUp => ", time was up", TrainingStop.Cancelled => ", cancelled", _ => "" };
            string text = $"{trained.Images} images, {trained.HeldOut} held out: loss {Text(trained.Before.Loss)} → {Text(trained.After.Loss)}, right {Words.Change(trained.Before.Right)} → {Words.Change(trained.After.Right)}{end}";
            context.Output.WriteLine(trained.IsWritten ? $"{text} → {target}" : $"{text}; nothing was written");
        }
        return trained?.Stop == TrainingStop.Cancelled && code == ExitCode.Done ? ExitCode.Cancelled : code;
    }

    private static string Text(double number) => number.ToString("0.000", CultureInfo.InvariantCulture);

    private static Option<int?> Threads()
    {
        Option<int?> threads = SharedOptions.Threads();
        threads.Description = "Threads to use; 0: all processors. The same number gives the same bytes.";
        return threads;
    }

    private static Option<double?> Real(string name, string description, double least, double largest) => new(name)
    {
        Description = description,
        HelpName = "R",
        CustomParser = result =>
        {
            string word = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= largest) return number;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} cannot be '{word}'. It is a number from {least} to {largest}"));
            return null;
        },
    };
}
