using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Evaluation;

namespace Lr2vq.Calibration;

/// <summary>Samples that are fitted to, and samples that judge.</summary>
/// <param name="HeldOutPlaces">Which of all samples those are.</param>
internal sealed record SampleSplit(IReadOnlyList<InputSample> Training, IReadOnlyList<InputSample> HeldOut, IReadOnlyList<int> HeldOutPlaces)
{
    private const int FewestHeldOut = 8;

    /// <summary>Which of all samples are fitted to.</summary>
    public IReadOnlyList<int> TrainingPlaces { get; private init; } = [];

    /// <summary>A fifth, but at least eight and at most half of them, spread over all, judges.</summary>
    /// <param name="most">More than so many say nothing new, either.</param>
    public static SampleSplit Of(IReadOnlyList<InputSample> samples, int most = int.MaxValue)
    {
        int heldOut = Math.Min(most, Math.Min(Math.Max(samples.Count / 5, FewestHeldOut), Math.Max(1, samples.Count / 2)));
        // The k-th that judges is the last of its part.
        bool Judges(int i) => (long)(i + 1) * heldOut / samples.Count > (long)i * heldOut / samples.Count;
        int[] judging = [.. Enumerable.Range(0, samples.Count).Where(Judges)], training = [.. Enumerable.Range(0, samples.Count).Where(i => !Judges(i))];
        // A single sample has to do both.
        if (training.Length == 0) training = judging;
        return new SampleSplit(new Subset(samples, training), new Subset(samples, judging), judging) { TrainingPlaces = training };
    }

    /// <summary>The first so many of them; read when they are asked for.</summary>
    public static IReadOnlyList<InputSample> First(IReadOnlyList<InputSample> samples, int count) =>
        count >= samples.Count ? samples : new Subset(samples, [.. Enumerable.Range(0, count)]);

    private sealed class Subset(IReadOnlyList<InputSample> samples, int[] indices) : IReadOnlyList<InputSample>
    {
        public int Count => indices.Length;

        public InputSample this[int index] => samples[indices[index]];

        public IEnumerator<InputSample> GetEnumerator() => indices.Select(i => samples[i]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
