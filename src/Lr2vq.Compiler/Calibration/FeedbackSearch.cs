using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>The smallest artifact that the gate lets pass, errors being fed back by what samples make of the inputs of the weights.</summary>
/// <remarks>Steps are those that cost the fewest bytes without feedback (<see cref="GatedSearch"/>), times one factor, which is searched for.</remarks>
internal sealed class FeedbackSearch(PlannedNetwork network, IReadOnlyList<WeightSource> weights, CompressionRun run, IOutputGate gate,
    IProgress<CompressionProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Of the limit: errors are small for inputs like those that were fitted to, and two or three times as large for real ones.</summary>
    private const double Most = 0.45;
    private const double Aim = 0.4, Enough = 0.35;
    private const int Tries = 5;
    /// <summary>What feedback usually allows.</summary>
    private const double FirstFactor = 1.3;
    /// <summary>What seems to do nothing to the outputs may do something for other inputs.</summary>
    private const double MostFactor = 2;
    private const double Near = 1.05;
    /// <summary>Of the limit, at the first try.</summary>
    private const double Hopeless = 8;

    private readonly Workers _workers = new(run.Options.Threads, cancellation);

    /// <param name="samples">What inputs are like.</param>
    /// <param name="effects">Of the tensors that lose something.</param>
    /// <param name="mostUnlikely">Most of the share for unlikely inputs.</param>
    /// <returns>Null if nothing passes.</returns>
    public CompressionResult? Run(IReadOnlyList<InputSample> samples, IReadOnlyList<TensorEffect> effects, double mostUnlikely)
    {
        run.EncodeFixed();
        CalibratedTensors tensors;
        using (EvaluationNetwork original = EvaluationNetwork.Original(network, _workers.Threads))
            tensors = FeedbackPreparation.Of(original, run, weights, samples, FirstStep(effects), _workers, new CalibrationProgress(progress));
        double[] wanted = Wanted(tensors, effects), most = [.. tensors.Indices.Select(i => MostFactor * StepOf(effects, i))];
        double scale = FirstScale(tensors, effects, wanted), passed = 0, failed = double.PositiveInfinity;
        CompressionResult? best = null;
        for (int tried = 0; tried < Tries; tried++)
        {
            tensors.Factors = [.. wanted.Select((w, t) => Grid(Math.Min(w * scale, most[t])))];
            OutputMeasure measure = Encode(tensors);
            double share = Math.Max(measure.Share, Most * measure.UnlikelyShare / mostUnlikely);
            if (share <= Most)
            {
                passed = scale;
                if (best is null || run.FileBytes < best.FileBytes) best = run.Result(0) with { Outputs = measure };
                if (share >= Enough || wanted.Zip(most, (w, m) => w * scale >= m).All(atMost => atMost)) break;
            }
            else failed = scale;
            // Feedback does harm here.
            if (tried == 0 && share > Hopeless) break;
            double next = scale * Math.Clamp(Aim / Math.Max(share, 1e-3), 0.2, 3);
            scale = next > passed && next < failed ? next : passed == 0 ? failed / 2 : double.IsInfinity(failed) ? passed * 1.5 : Math.Sqrt(passed * failed);
            if (passed > 0 && failed < Near * passed) break;
        }
        return best;
    }

    private OutputMeasure Encode(CalibratedTensors tensors)
    {
        RoundedTensor[] rounded = tensors.Round(1);
        EncodedTensor[] packed = tensors.Pack(rounded);
        _workers.Run(packed.Length, i => tensors.Tensors[i].Length, i =>
        {
            (double error, double energy, double worst) = Verification.Compare(weights[tensors.Indices[i]], packed[i]);
            run.Put(tensors.Indices[i], new EncodedWeight(packed[i], 0, 0, 0, rounded[i].Step, error, energy, worst));
        });
        return gate.Measure(run.Tensors);
    }

    /// <summary>Steps in proportion: √(weights ÷ what an error of the step 1 does).</summary>
    private double[] Wanted(CalibratedTensors tensors, IReadOnlyList<TensorEffect> effects)
    {
        double[] wanted = new double[tensors.Indices.Count];
        for (int t = 0; t < wanted.Length; t++)
        {
            TensorEffect effect = effects.FirstOrDefault(e => e.Tensor == tensors.Indices[t]);
            wanted[t] = effect.Step > 0 ? effect.Step * Math.Sqrt(run.LengthOf(tensors.Indices[t]) / Math.Max(effect.Change, 1e-12)) : 0;
        }
        // Nobody measured what lost nothing.
        double[] known = [.. wanted.Where(w => w > 0).Order()];
        for (int t = 0; t < wanted.Length; t++)
            if (wanted[t] == 0) wanted[t] = known.Length > 0 ? known[0] : 1;
        return wanted;
    }

    /// <summary>Where the steps that passed without feedback lie, and a little above.</summary>
    private double FirstScale(CalibratedTensors tensors, IReadOnlyList<TensorEffect> effects, double[] wanted)
    {
        double sum = 0, total = 0;
        for (int t = 0; t < wanted.Length; t++)
        {
            TensorEffect effect = effects.FirstOrDefault(e => e.Tensor == tensors.Indices[t]);
            if (!(effect.DecidedStep > 0)) continue;
            double length = run.LengthOf(tensors.Indices[t]);
            (sum, total) = (sum + length * ExactMath.Log2(effect.DecidedStep / wanted[t]), total + length);
        }
        return FirstFactor * ExactMath.Exp2(total > 0 ? sum / total : ExactMath.Log2(FirstStep(effects) / wanted.Max()));
    }

    private static double StepOf(IReadOnlyList<TensorEffect> effects, int tensor) =>
        effects.FirstOrDefault(e => e.Tensor == tensor) is { Step: > 0 } effect ? effect.Step : FirstStep(effects);

    /// <summary>The largest step of a tensor with levels: that of the weight bound.</summary>
    private static double FirstStep(IReadOnlyList<TensorEffect> effects) => effects.Select(e => e.DecidedStep > 0 ? e.Step : 0).DefaultIfEmpty(0).Max() is > 0 and var step ? step : 0.1;

    /// <summary>Steps by sixteenths of an octave, so that the last bits of a measure do not decide.</summary>
    private static double Grid(double step) => ExactMath.Exp2(Math.Round(16 * ExactMath.Log2(Math.Max(step, StepSearch.Finest))) / 16);
}
