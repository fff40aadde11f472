using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.FineTuning;
using Lr2vq.Onnx;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Training.Labelled;

/// <summary>Trains a network of a file with labels and writes the file again. What is compared and kept is the file as it would be written, run by our own run time.</summary>
internal sealed class NetworkTrainer(NetworkTraining training, TrainableModel model, CalibrationSet data, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation)
{
    /// <summary>Samples that judge, and that are run together.</summary>
    private const int MostHeldOut = 2000, Together = 32;

    /// <summary>How far answers of the file may be from those of torch, in units of the largest; and where the file's numbers are shorter than f32.</summary>
    private const double MostDifference = 1e-3, MostRounded = 5e-2;

    private readonly SampleSplit _split = SampleSplit.Of(new CalibrationSamples(data), MostHeldOut);

    /// <returns>Null if the bag got an error.</returns>
    public static TrainedNetwork? Train(NetworkTraining training, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation)
    {
        set_num_threads(training.Options.Compression.Threads is > 0 and var threads ? threads : Environment.ProcessorCount);
        using TrainableModel? model = TrainableModel.Open(training, bag);
        if (model is null) return null;
        CalibrationSet? data = DataUse.Open(training.Options, model.Plan, bag);
        if (data is null || bag.HasErrors) return null;
        if (model.Kept.Count > 0) bag.Add(DiagnosticCatalogue.TensorsNotTrained.At(new DiagnosticPlace(training.Model), FineTuning.FineTuner.Names(model.Kept)));
        try
        {
            return new NetworkTrainer(training, model, data, progress, bag, cancellation).Run();
        }
        catch (Exception problem) when (problem is NotSupportedException or ExternalException or InvalidOperationException)
        {
            // An operator without a torch form; memory that is not to be had; a loss that is no number.
            bag.Add(DiagnosticCatalogue.TrainingNotPossible.At(new DiagnosticPlace(training.Model), problem.Message.Split('\n')[0].TrimEnd('.')));
            return null;
        }
    }

    private TrainedNetwork? Run()
    {
        IReadOnlyList<int> labels = data.Labels!;
        progress?.Report(new CompressionProgress(0, "asking the network"));
        bool stacks = SampleDraw.Stacks(model.Plan.Inputs, _split.Training) && SampleDraw.Stacks(model.Plan.Inputs, _split.HeldOut);
        if (!stacks && model.Network.Norms.Count > 0)
            throw new NotSupportedException("it takes one sample at a time, and BatchNormalizations are trained with many; export it with a symbolic batch");
        if (FindScores() is not { } scores) return null;
        foreach (int place in Enumerable.Range(0, data.Count).Where(i => labels[i] >= scores.Classes).Take(1))
            bag.Add(DiagnosticCatalogue.LabelBeyondClasses.At(new DiagnosticPlace(data.FileOf(0, place)), data.NameOf(place), labels[place], scores.Classes, scores.Classes - 1));
        bool pictures = SampleDraw.ArePictures(model.Plan.Inputs, _split.Training[0], 2 * training.Shift + 1);
        foreach (string option in (string[])[.. training.Shift > 0 ? ["--shift"] : Array.Empty<string>(), .. training.Mirror ? ["--mirror"] : Array.Empty<string>()])
            if (!pictures) bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = option }, option, "the input is no picture of floats, or too small"));
        if (bag.HasErrors) return null;

        int size = stacks ? Math.Min(training.Batch, _split.Training.Count) : 1;
        long images = training.Images ?? (long)Math.Ceiling(training.Epochs * _split.Training.Count);
        int steps = (int)Math.Clamp((images + size - 1) / size, 1, int.MaxValue);
        var draw = new SampleDraw(_split.Training, size, training.Options.Compression.Seed, pictures ? (training.Shift, training.Shift) : (0, 0), pictures && training.Mirror);
        (InputSample Inputs, int[] Labels)[] heldOut = [.. HeldOut(labels, stacks ? Together : 1)];
        Recipe recipe = new("train", new Phase("tune", 1, training.LearningRate, training.LearningRate / 100)) { WeightDecay = training.WeightDecay };
        string key = string.Create(CultureInfo.InvariantCulture, $"{ModelCompressor.SourceHash(model.Model, cancellation)} {training.Options.ToCanonicalText()} {size} {training.Shift} {training.Mirror}");
        TrainingLimits limits = new(steps)
        {
            Seed = training.Options.Compression.Seed, Time = training.Options.TimeLimit, Checkpoint = training.Checkpoint, Key = key, Looks = Math.Clamp((int)(images / Math.Max(1, _split.Training.Count)), 5, 50),
        };
        Trainer trainer = new(model.Network, recipe, limits)
        {
            Loss = (batch, outputs) => scores.Loss(outputs, batch.Labels!),
            Progress = progress is null ? null : new Relay(progress, (double)size / _split.Training.Count),
        };
        TrainingResult result = trainer.Run(model.Take(), new LabelledBatches(draw, [.. _split.TrainingPlaces.Select(i => labels[i])], size), model.Take, tensors => Measure(tensors, scores, heldOut), cancellation);
        return Write(result, (long)result.Steps * size);
    }

    private TrainedNetwork Write(TrainingResult result, long images)
    {
        (LabelledQuality before, LabelledQuality after) = (Of(result.Before), Of(result.Best));
        TrainingStop stop = result.End switch { TrainingEnd.TimeIsUp => TrainingStop.TimeIsUp, TrainingEnd.Cancelled => TrainingStop.Cancelled, _ => TrainingStop.Done };
        bool isBetter = result.Best.Loss < result.Before.Loss, isWritten = isBetter || stop != TrainingStop.Cancelled;
        if (!isBetter && isWritten)
            bag.Add(DiagnosticCatalogue.TrainingBroughtNothing.At(new DiagnosticPlace(training.Model), string.Create(CultureInfo.InvariantCulture, $"loss {before.Loss:0.000}, {100 * before.Right:0.0} % right")));
        if (isWritten)
        {
            model.Put(result.Tensors);
            try
            {
                OnnxWriter.Write(model.Model, training.Output);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                throw new DiagnosticException(DiagnosticCatalogue.FileUnwritable.At(new DiagnosticPlace(training.Output), training.Output, problem.Message.TrimEnd('.')));
            }
        }
        return new TrainedNetwork(before, after, result.Steps, images, _split.Training.Count, _split.HeldOut.Count, stop, isWritten);

        static LabelledQuality Of(Quality quality) => new(quality.Loss, quality.Agreement);
    }

    /// <summary>Null, with a diagnostic, if no output has classes.</summary>
    private ClassScores? FindScores()
    {
        using EvaluationNetwork network = EvaluationNetwork.Original(model.Planned(), training.Options.Compression.Threads);
        NpyFile[] answers = network.Run(_split.HeldOut[0]);
        ClassScores? scores = ClassScores.Find(model.Plan, answers, 1);
        if (scores is null)
            bag.Add(DiagnosticCatalogue.TrainingWantsScores.At(new DiagnosticPlace(training.Model), "its outputs for a sample are " + string.Join(", ", answers.Select((a, i) => $"{model.Plan.Outputs[i].Name} {a.Type} [{string.Join(',', a.Shape)}]"))));
        return scores;
    }

    private IEnumerable<(InputSample, int[])> HeldOut(IReadOnlyList<int> labels, int together)
    {
        foreach (int[] places in Enumerable.Range(0, _split.HeldOut.Count).Chunk(together))
        {
            InputSample[] samples = [.. places.Select(i => _split.HeldOut[i])];
            yield return (together == 1 ? samples[0] : SampleDraw.Stacked(samples), [.. places.Select(i => labels[_split.HeldOutPlaces[i]])]);
        }
    }

    /// <summary>Runs the file as it would be written now. It has to answer as torch does.</summary>
    private Quality Measure(IReadOnlyList<EncodedTensor> tensors, ClassScores scores, (InputSample Inputs, int[] Labels)[] heldOut)
    {
        model.Put(tensors);
        using EvaluationNetwork network = EvaluationNetwork.Original(model.Planned(), training.Options.Compression.Threads);
        Compare(network, scores, heldOut[0].Inputs);
        LabelledQuality quality = scores.Measure(network, heldOut);
        return new Quality(quality.Loss, quality.Right);
    }

    private void Compare(EvaluationNetwork network, ClassScores scores, InputSample sample)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using FinalizerGate.Closed closed = FinalizerGate.Close();
        model.Network.IsTraining = false;
        float[] torch = TensorValues.Floats(model.Network.Forward([.. sample.Values.Select(TensorValues.Of)])[scores.Output]), ours = ClassScores.Floats(network.Run(sample)[scores.Output]);
        double largest = torch.Max(Math.Abs), difference = torch.Zip(ours, (a, b) => Math.Abs((double)a - b)).Max();
        if (!(difference <= (model.IsExact ? MostDifference : MostRounded) * largest))
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the file would answer otherwise than what was trained, by {difference / largest:0.0e-0} of the largest score"));
    }

    /// <summary>For example <c>epoch 2.3, loss 0.123, 93 % right, 180/s, 2:13 left</c>.</summary>
    private sealed class Relay(IProgress<CompressionProgress> outer, double epochsOfStep) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            string right = value.Look is { } look ? string.Create(CultureInfo.InvariantCulture, $", {100 * look.Agreement:0.0} % right") : "";
            outer.Report(new CompressionProgress(value.Fraction, string.Create(CultureInfo.InvariantCulture,
                $"epoch {value.Step * epochsOfStep:0.0}, loss {value.Loss:0.000}{right}, {value.ImagesPerSecond:0}/s, {value.Left:h\\:mm\\:ss} left")));
        }
    }
}
