using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.FineTuning;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;

namespace Lr2vq.Training.FineTuning;

/// <summary>Fits a whole network to the original's answers.</summary>
internal sealed class EndToEnd(TunedNetwork network, FineTuneTask task, Stopwatch clock, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Samples that are looked at, those that are looked at again included, where time allows.</summary>
    private const int MostSeen = 30_000, MostPasses = 60;

    /// <param name="start">The weights that are kept if nothing is better.</param>
    public IReadOnlyList<EncodedTensor> Run(IReadOnlyList<EncodedTensor> start)
    {
        using var batches = new SampleBatches(task.Network, task.Training, task.Seed, task.HeldOut.AreClasses, task.Threads);
        int steps = (int)Math.Max(1, Math.Min((long)MostSeen, (long)MostPasses * task.Training.Count) / batches.Size);
        // Who asked measures once more.
        Stopwatch look = Stopwatch.StartNew();
        task.Judge(start, cancellation);
        TimeSpan left = task.TimeLimit - clock.Elapsed - look.Elapsed;
        if (left <= TimeSpan.Zero) return start;
        AnswerLoss loss = new(task.HeldOut.Classes);
        Trainer trainer = new(network.Network, network.Recipe, new TrainingLimits(steps)
        {
            Seed = task.Seed,
            Time = left,
            Size = new SizeTarget(task.MostBytes, network.LengthOf) { Slack = 0 },
        })
        {
            Loss = loss.Of,
            Progress = progress is null ? null : new Relay(progress, task.HeldOut.AreClasses),
        };
        TrainingResult result = trainer.Run(start, batches, network.Export, Measure, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return result.Tensors;
    }

    private Quality Measure(IReadOnlyList<EncodedTensor> tensors)
    {
        AnswerChange change = task.Judge(tensors, cancellation);
        return new Quality(change.Distance, change.Agreement);
    }

    /// <summary>For example <c>loss 0.123, 93 % agree, 180/s, 2:13 left</c>.</summary>
    private sealed class Relay(IProgress<CompressionProgress> outer, bool areClasses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            string agreement = areClasses && value.Look is { } look ? string.Create(CultureInfo.InvariantCulture, $", {100 * look.Agreement:0} % agree") : "";
            outer.Report(new CompressionProgress(value.Fraction, string.Create(CultureInfo.InvariantCulture,
                $"loss {value.Loss:0.000}{agreement}, {value.ImagesPerSecond:0}/s, {value.Left:m\\:ss} left")));
        }
    }
}
