using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Data;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression;
using Lr2vq.Evaluation;
using Lr2vq.Operators;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Calibration;

/// <summary>How far the answers move if one weight alone is replaced by what it was coded as.</summary>
internal static class SensitivityScan
{
    /// <summary>Distances below this are noise.</summary>
    public const double Least = 1e-7;

    /// <summary>log₂ of the smallest and the largest factor. Small tensors may well be fine: they take few bytes.</summary>
    private const double SmallestLog = -5, LargestLog = 3;

    /// <param name="original">The original.</param>
    /// <param name="answers">The original's.</param>
    /// <param name="weights">Indices of weights in the Plan.</param>
    /// <param name="tensors">What each is replaced by, in the same order.</param>
    /// <returns>Distances, in the same order.</returns>
    public static double[] Run(EvaluationNetwork original, Answers answers, IReadOnlyList<int> weights, IReadOnlyList<EncodedTensor> tensors, Workers workers, Action<double> progress)
    {
        Answers.Comparison[] changes = [.. weights.Select(_ => answers.Compare())];
        (int, EncodedTensor)[] others = [.. weights.Zip(tensors)];
        var cancel = new CancelObserver(workers.Cancellation);
        for (int s = 0; s < answers.Samples.Count; s++)
        {
            original.RunKept(answers.Samples[s], cancel);
            foreach ((int i, NpyFile[] outputs) in original.RunWithEach(others, cancel))
            {
                changes[i].Add(s, outputs);
                progress(1.0 / (answers.Samples.Count * (double)weights.Count));
            }
        }
        original.Forget();
        return [.. changes.Select(change => Math.Max(change.Result.Distance, Least))];
    }

    /// <summary>Multiply-adds that a scan takes for one sample: for each weight half of the network, on average.</summary>
    /// <param name="weights">How many are exchanged.</param>
    public static double WorkOfSample(EvaluationNetwork original, IReadOnlyList<WeightInput> inputs, InputSample sample, int weights, Workers workers)
    {
        var counter = new WorkCounter(original.Plan, inputs, workers.Cancellation);
        original.Run(sample, counter);
        return 0.5 * weights * counter.Products;
    }

    /// <summary>Factors of the steps that make every byte buy as much: √(weights ÷ distance), their weighted geometric mean 1.</summary>
    /// <param name="current">Factors with which the distances were measured.</param>
    /// <param name="smallest">log₂ of the smallest factor.</param>
    /// <param name="largest">log₂ of the largest.</param>
    public static double[] Factors(IReadOnlyList<double> distances, IReadOnlyList<long> lengths, IReadOnlyList<double> current, double smallest = SmallestLog, double largest = LargestLog)
    {
        double[] logs = [.. distances.Select((d, i) => ExactMath.Log2(current[i]) + 0.5 * ExactMath.Log2(lengths[i] / d))];
        double total = lengths.Sum(n => (double)n), mean = logs.Select((log, i) => log * lengths[i]).Sum() / total;
        // On a grid, so that the last bits of a distance do not decide.
        return [.. logs.Select(log => ExactMath.Exp2(Math.Round(8 * Math.Clamp(log - mean, smallest, largest)) / 8))];
    }

    /// <summary>Counts the multiply-adds of a run.</summary>
    private sealed class WorkCounter(Plan plan, IReadOnlyList<WeightInput> inputs, CancellationToken cancellation) : StepObserver
    {
        private readonly ILookup<int, WeightInput> _steps = inputs.ToLookup(input => input.Step);

        public double Products { get; private set; }

        public override void After(int step, ReadOnlySpan<TensorView> outputs)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (WeightInput input in _steps[step])
            {
                PlanWeight weight = plan.Weights[input.Weight];
                CanonicalShape shape = CanonicalShape.Of(weight.Role, [.. weight.Shape], weight.Groups);
                Products += (double)outputs[0].Length * shape.Inputs * shape.KernelHeight * shape.KernelWidth;
            }
        }
    }
}
