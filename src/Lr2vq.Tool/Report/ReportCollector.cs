using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Memory;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Report;

/// <summary>Runs networks for a report.</summary>
/// <param name="path">The artifact.</param>
/// <param name="samples">Makes the values of a sample for inputs like those given.</param>
/// <param name="count">How many samples there are.</param>
/// <param name="bag">Receives what is wrong.</param>
/// <param name="cancellation">Ends the work.</param>
internal sealed class ReportCollector(string path, Func<IReadOnlyList<PlanPort>, int, InputValues> samples, int count, DiagnosticBag bag, CancellationToken cancellation)
{
    private const int Answers = 3, ShownSamples = 48;

    /// <summary>Names of the classes; null: their numbers.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What the artifact alone tells.</summary>
    public static ReportContent Read(string path)
    {
        using ArtifactReader reader = ArtifactFile.Open(path);
        using NativeArena arena = new();
        return new ReportContent(ModelInfoReader.Read(reader, arena), reader.Meta, Path.GetFileName(path));
    }

    /// <summary>Times of the steps on the first sample; none if the bag got an error.</summary>
    public IReadOnlyList<StepTime> Time()
    {
        using PlanRunner runner = ArtifactFile.Guard(path, () => PlanRunner.Load(path, new SessionOptions { Threads = 1 }));
        Plan plan = runner.Network.Plan;
        using ModelSession session = runner.CreateSession();
        InputValues values = samples(plan.Inputs, 0);
        if (!values.Finish() || !values.TryGive(session)) return [];
        try
        {
            return StepClock.Measure(session, plan, cancellation);
        }
        catch (ArgumentException problem)
        {
            bag.Add(DiagnosticCatalogue.InputsDoNotFit.At(new DiagnosticPlace(path), Path.GetFileName(path), problem.Message.Split(" (Parameter")[0].TrimEnd('.')));
            return [];
        }
    }

    /// <summary>All samples through the original and the artifact.</summary>
    public (IReadOnlyList<OutputDifference> Outputs, IReadOnlyList<SampleAnswer> Samples) Compare(RunnableModel original, RunnableModel artifact)
    {
        using NetworkPair pair = new(original, artifact, bag, cancellation);
        List<SampleAnswer> answers = [];
        for (int sample = 0; sample < count && !bag.HasErrors; sample++)
        {
            InputValues values = samples(pair.Inputs, sample);
            if (!values.Finish() || pair.Add(values, bag) is not { } outputs || answers.Count >= ShownSamples) continue;
            OutputDifference first = new(pair.Outputs[0].Name);
            first.Add(outputs.Left[0], outputs.Right[0]);
            string? file = values.Files.FirstOrDefault();
            string? picture = file is not null && PictureFile.IsPictureName(file) ? Thumbnail.Of(file) : pair.Inputs.Zip(values.Values, Thumbnail.Of).FirstOrDefault(p => p is not null);
            answers.Add(new SampleAnswer(file is null ? $"sample {sample + 1}" : Path.GetFileName(file), picture, first.RelativeL2, ClassesOf(outputs.Left[0]), ClassesOf(outputs.Right[0])));
        }
        return (pair.Outputs, answers);
    }

    /// <summary>What each tensor does to the outputs alone.</summary>
    /// <param name="model">Path of the original.</param>
    public IReadOnlyDictionary<string, double> Effects(string model)
    {
        using ArtifactReader reader = ArtifactFile.Open(path);
        return TensorEffects.Measure(model, reader, sample => samples(reader.Plan.Inputs, sample) is var values && values.Finish() ? new InputSample([.. values.Values]) : null, count, cancellation);
    }

    /// <summary>Artifacts of other ratios, each compared as this one was.</summary>
    /// <param name="original">The original.</param>
    /// <param name="model">Its path.</param>
    /// <param name="content">This artifact: the others have its preset, and what is fixed of its inputs.</param>
    /// <param name="ratios">The ratios to try.</param>
    public IEnumerable<RatePoint> Try(RunnableModel original, string model, ReportContent content, IReadOnlyList<double> ratios)
    {
        foreach (double ratio in ratios)
        {
            ModelOptions options = OptionParser.Parse([new("Preset", content.Info.Preset), new("TargetRatio", ratio.ToString(System.Globalization.CultureInfo.InvariantCulture))], null, bag);
            if (bag.HasErrors) yield break;
            string folder = Directory.CreateTempSubdirectory("lr2vq").FullName;
            try
            {
                string artifact = Path.Combine(folder, "model.lr2vq");
                // What a size cannot be, or what it does, is what the chart shows: no message for each.
                CompressedModel? made = ModelCompressor.Compress(model, artifact, options with { Fixed = FixedInputs.Of(content.Meta.Options) }, null, new DiagnosticBag(), cancellation);
                if (made is null) continue;
                using RunnableModel? runnable = RunnableModel.Open(artifact, FixedInputs.None, bag, cancellation);
                if (runnable is null) yield break;
                yield return new RatePoint(made.Ratio, Compare(original, runnable).Outputs.Max(o => o.RelativeL2), IsThis: false);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private ClassShare[] ClassesOf(NpyFile output) => LargestClasses.HasClasses(output)
        ? [.. LargestClasses.Of(output, Answers).Select(c => new ClassShare(c.Class, Labels is { } labels && c.Class < labels.Count ? labels[c.Class] : "class " + c.Class, c.Share))]
        : [];
}
