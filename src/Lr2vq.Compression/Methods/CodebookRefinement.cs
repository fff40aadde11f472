using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Compression.Methods;

/// <summary>Fits entries and basis to what feedback asks of them: subvectors are chosen with the codebook, the codebook is fitted to what they should have been, and again.</summary>
internal static class CodebookRefinement
{
    private const int MostTurns = 10;

    /// <summary>Part of the loss that a turn has to save for another.</summary>
    private const double LeastGain = 0.01;

    /// <param name="members">The weights that share the codebook.</param>
    /// <param name="start">The codebook of their subvectors alone.</param>
    /// <param name="workers">Share the members.</param>
    /// <returns>The codebook with the least loss; <paramref name="start"/> where nothing is known of the inputs.</returns>
    public static VectorCodebook Run(IReadOnlyList<WeightSource> members, VectorShape shape, VectorCodebook start, Workers workers)
    {
        if (members.Any(member => member.Inputs is null)) return start;
        var found = new VectorFeedback?[members.Count];
        workers.Run(found.Length, i => Math.Pow(members[i].Identity.Canonical.Inputs, 3),
            i => found[i] = VectorFeedback.Of(members[i], VectorQuantization.Prepare(members[i], shape), workers.Cancellation));
        if (Array.Exists(found, weight => weight is null)) return start;
        VectorFeedback[] weights = found!;
        VectorFeedback.Choice[] choices = Array.ConvertAll(weights, weight => new VectorFeedback.Choice(weight, fits: false, keepsTargets: true));
        VectorCodebook codebook = start, best = start;
        double least = double.PositiveInfinity;
        for (int turn = 0; turn <= MostTurns; turn++)
        {
            float[] words = VectorQuantization.Expand(codebook);
            workers.Run(weights.Length, i => weights[i].Count, i => weights[i].Choose(words, codebook.K, choices[i], workers.Cancellation));
            double loss = choices.Sum(choice => choice.Loss), before = least;
            if (loss < least) (best, least) = (codebook, loss);
            if (!(loss < before * (1 - LeastGain))) break;
            codebook = Fitted(shape, codebook, weights, choices);
        }
        return best;
    }

    private static VectorCodebook Fitted(VectorShape shape, VectorCodebook codebook, VectorFeedback[] weights, VectorFeedback.Choice[] choices)
    {
        (int k, int d, int m) = (codebook.K, codebook.D, codebook.M);
        float[] Fit(float[] entries, float[] basis, bool ofBasis)
        {
            var fit = new CodebookFit(k, d, m, entries, basis, ofBasis);
            for (int i = 0; i < weights.Length; i++) weights[i].AddTo(fit, choices[i]);
            return fit.Solve();
        }
        float[] entries = Fit(codebook.Entries, codebook.Lift, ofBasis: false), lift = codebook.Lift;
        if (lift.Length > 0)
        {
            lift = Fit(entries, lift, ofBasis: true);
            Orthonormalize(lift, entries, d, m);
            entries = Fit(entries, lift, ofBasis: false);
        }
        return VectorQuantization.Round(shape, d, lift, entries);
    }

    /// <summary>Rows of a basis of length one at right angles; entries times basis stay.</summary>
    private static void Orthonormalize(float[] basis, float[] entries, int d, int m)
    {
        double[] factor = new double[d * d];
        for (int a = 0; a < d; a++)
        {
            Span<float> row = basis.AsSpan(a * m, m);
            double[] rest = new double[m];
            for (int t = 0; t < m; t++) rest[t] = row[t];
            for (int b = 0; b < a; b++)
            {
                double along = 0;
                for (int t = 0; t < m; t++) along += rest[t] * basis[b * m + t];
                factor[a * d + b] = along;
                for (int t = 0; t < m; t++) rest[t] -= along * basis[b * m + t];
            }
            double length = Math.Sqrt(rest.Sum(x => x * x));
            factor[a * d + a] = length;
            for (int t = 0; t < m; t++) row[t] = length > 0 ? (float)(rest[t] / length) : 0;
        }
        double[] old = new double[d];
        for (int j = 0; j < entries.Length; j += d)
        {
            for (int a = 0; a < d; a++) old[a] = entries[j + a];
            for (int b = 0; b < d; b++)
            {
                double sum = 0;
                for (int a = b; a < d; a++) sum += old[a] * factor[a * d + b];
                entries[j + b] = (float)sum;
            }
        }
    }
}
