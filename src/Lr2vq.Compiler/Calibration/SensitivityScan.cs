using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Data;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

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
    /// <param name="distance">The measure of a change.</param>
    /// <returns>Distances, in the same order.</returns>
    public static double[] Run(EvaluationNetwork original, Answers answers, IReadOnlyList<int> weights, IReadOnlyList<EncodedTensor> tensors, Func<AnswerChange, double> distance, Workers workers,
        Action<double> progress)
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
        return [.. changes.Select(change => Math.Max(distance(change.Result), Least))];
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
}
