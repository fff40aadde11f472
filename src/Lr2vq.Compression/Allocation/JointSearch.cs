using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Allocation;

/// <summary>What a joint search found.</summary>
/// <param name="Loss">On the samples that are fitted to.</param>
/// <param name="HeldOut">On those that judge.</param>
/// <param name="Factored">Weights that have factors.</param>
/// <param name="Open">Weights that could have.</param>
internal sealed record JointResult(AnswerLoss Loss, AnswerLoss HeldOut, int Factored, int Open);

/// <summary>Joint low-rank optimization: which weights become factors, of which rank, by the loss that is measured (Zhang et al., lossless and compact).</summary>
/// <remarks>Without a size: moves are tried one after the other, and one is kept if the measured loss of the whole network stays within the bound, which is the
/// original's (and a tolerance). Lossless takes of each weight the form with the least loss, and those first that win most for the bytes; compact takes the
/// smallest within the bound, and those first that save most. What a move does is measured, or predicted by gradients as far as a few probes confirm those. Of the way that led there the smallest network is kept whose loss stays within the bound on
/// samples that nothing was fitted to, too. With a size: lossless makes the sum of the changes least, at one price of a byte; compact gives all weights
/// the same change. What weights do together is not the sum, so both look again from where they came.</remarks>
internal sealed class JointSearch
{
    private const int MostPasses = 4;
    private const int Refinements = 3;
    /// <summary>Places of a menu that are looked at again around the one that was taken.</summary>
    private const int Near = 2;
    /// <summary>Losses below this are rounding of sums.</summary>
    private const double Rounding = 1e-9;

    private readonly CompressionRun _run;
    private readonly IJointLoss _loss;
    private readonly Workers _workers;
    private readonly bool _isCompact;
    private readonly Action<double> _progress;
    private readonly MenuAllocation _menus;

    /// <param name="run">Knows weights and decisions; receives what is found.</param>
    /// <param name="loss">Measures networks.</param>
    /// <param name="isCompact">The compact algorithm; else lossless.</param>
    /// <param name="hasAim">A size is asked for.</param>
    /// <param name="progress">Told parts of the work.</param>
    public JointSearch(CompressionRun run, IJointLoss loss, Workers workers, bool isCompact, bool hasAim, Action<double> progress)
    {
        (_run, _loss, _workers, _isCompact, _progress) = (run, loss, workers, isCompact, progress);
        int[] tensors = [.. Enumerable.Range(0, run.Specs.Length).Where(i => run.EqualTo(i).First == i && run.Specs[i] is { IsSpared: true } or { Method: CompressionMethod.Joint or CompressionMethod.JointCompact })];
        var menus = new TensorMenu[tensors.Length];
        float[]?[]? gradients = hasAim ? null : loss.Gradients(null);
        workers.Run(tensors.Length, i => run.LengthOf(tensors[i]), i =>
        {
            menus[i] = JointMenu.Of(run, tensors[i], hasAim, gradients?[tensors[i]], workers.Cancellation);
            progress(0.2 / tensors.Length);
        });
        _menus = new MenuAllocation(run, menus);
        for (int i = 0; i < tensors.Length; i++) _menus.Take(i, 0);
        run.EncodeFixed();
    }

    /// <summary>The largest loss that is within the bound, or the least loss for a size.</summary>
    /// <param name="bytes">The size; null for the bound alone.</param>
    /// <param name="tolerance">Loss above the original's that is allowed, by compact.</param>
    public JointResult Run(long? bytes, double tolerance)
    {
        if (bytes is { } budget) Fit(budget);
        else Descend(_isCompact ? tolerance : 0);
        TensorChoice[] made = [.. _menus.Menus.Select((menu, i) => menu.Choices[_menus.Taken[i]])];
        return new JointResult(_loss.Measure(_run.Tensors), _loss.MeasureHeldOut(_run.Tensors), made.Count(c => c.Spec.LowRank is not null),
            _menus.Menus.Count(m => m.Choices.Any(c => c.Spec.LowRank is not null)));
    }

    /// <summary>Moves while the loss stays within the original's and a tolerance.</summary>
    private void Descend(double tolerance)
    {
        double most = _loss.Original.Loss + tolerance + Rounding;
        if (_loss.Measure(_run.Tensors).Loss > most) _run.Encode([.. Enumerable.Range(0, _run.Specs.Length).Where(i => _run.Specs[i].Treatment == TensorTreatment.Bias).Select(i => (i, JointMenu.Exact))]);
        List<int[]> way = [[.. _menus.Taken]];
        for (int pass = 0; pass < MostPasses; pass++)
        {
            // With gradients most places need no measuring.
            GradientScan? gradients = _loss.Gradients(_run.Tensors) is { } known ? new GradientScan(_menus, known, _workers) : null;
            double[][] changes = Changes(gradients?.Asked ?? [.. _menus.Menus.Select((menu, i) => Enumerable.Range(_menus.Taken[i] + 1, menu.Choices.Length - _menus.Taken[i] - 1).ToArray())], c => c.Loss, 0.6 / MostPasses);
            changes = gradients?.Changes(changes) ?? changes;
            double slack = most - _loss.Measure(_run.Tensors).Loss;
            (int Menu, int Choice, double Order)[] moves = [.. Enumerable.Range(0, _menus.Menus.Count).Select(i => Move(i, changes[i], slack)).Where(m => m.Choice > 0).OrderBy(m => m.Order).ThenBy(m => m.Menu)];
            int accepted = 0;
            foreach ((int menu, int choice, _) in moves)
            {
                int before = _menus.Taken[menu];
                _menus.Take(menu, choice);
                if (_loss.Measure(_run.Tensors).Loss <= most)
                {
                    accepted++;
                    way.Add([.. _menus.Taken]);
                }
                else _menus.Take(menu, before);
                _progress(0.2 / MostPasses / moves.Length);
            }
            if (accepted == 0) break;
        }
        double mostHeldOut = _loss.OriginalHeldOut.Loss + tolerance + Rounding;
        for (int last = way.Count - 1; ; last--)
        {
            for (int i = 0; i < _menus.Menus.Count; i++) _menus.Take(i, way[last][i]);
            // Nothing was moved at the beginning of the way.
            if (last == 0 || _loss.MeasureHeldOut(_run.Tensors).Loss <= mostHeldOut) return;
        }
    }

    /// <summary>Where a weight should go next.</summary>
    /// <param name="changes">Of the loss, by place in its menu; NaN where nothing is known.</param>
    /// <param name="slack">By how much the loss may rise.</param>
    private (int Menu, int Choice, double Order) Move(int menu, double[] changes, double slack)
    {
        int best = 0;
        for (int c = _menus.Taken[menu] + 1; c < changes.Length; c++)
        {
            if (double.IsNaN(changes[c])) continue;
            if (_isCompact ? changes[c] <= Math.Max(slack, 0) : best == 0 || changes[c] <= changes[best]) best = c;
        }
        double saved = best == 0 ? 0 : _menus.Menus[menu].Choices[_menus.Taken[menu]].Bytes - _menus.Menus[menu].Choices[best].Bytes;
        return (menu, best, _isCompact ? -saved : best == 0 ? 0 : changes[best] / Math.Max(1, saved));
    }

    /// <summary>The least change of the answers within a size.</summary>
    private void Fit(long budget)
    {
        double[][] costs = Changes([.. _menus.Menus.Select(menu => Enumerable.Range(1, menu.Choices.Length - 1).ToArray())], c => c.Distance, 0.5);
        int[]? best = null;
        double least = double.PositiveInfinity;
        for (int round = 0; ; round++)
        {
            if (!_menus.Allocate(costs, budget, _isCompact) && best is not null) break;
            double distance = _loss.Measure(_run.Tensors).Distance;
            if (best is null || distance < least) (best, least) = ([.. _menus.Taken], distance);
            else if (round > 0 && distance > least) break;
            if (round == Refinements) break;
            int[][] near = [.. _menus.Menus.Select((menu, i) => Enumerable.Range(_menus.Taken[i] - Near, 2 * Near + 1).Where(c => c > 0 && c < menu.Choices.Length).Append(0).Distinct().ToArray())];
            costs = Changes(near, c => c.Distance, 0.3 / Refinements);
            // Against the exact weight, in the network as it is.
            foreach (double[] cost in costs)
            {
                double exact = cost[0];
                for (int c = 0; c < cost.Length; c++) cost[c] -= exact;
            }
        }
        for (int i = 0; i < _menus.Menus.Count; i++) _menus.Take(i, best![i]);
    }

    /// <summary>How measured losses change if one weight alone takes other places of its menu; 0 for the place that it has, NaN where nobody asked.</summary>
    private double[][] Changes(int[][] asked, Func<AnswerLoss, double> of, double share)
    {
        (int Menu, int Choice, int Reader)[] trials = [.. asked.SelectMany((choices, i) => choices.Where(c => c != _menus.Taken[i]).SelectMany(c => _run.ReadersOf(_menus.Menus[i].Tensor).Select(reader => (i, c, reader))))];
        (AnswerLoss start, AnswerLoss[] each) = _loss.MeasureEach(_run.Tensors, [.. trials.Select(t => (t.Reader, _run.AsReader(t.Reader, _menus.Menus[t.Menu].Choices[t.Choice].Encoded)))]);
        double[][] changes = [.. _menus.Menus.Select(menu =>
        {
            double[] unknown = new double[menu.Choices.Length];
            Array.Fill(unknown, double.NaN);
            return unknown;
        })];
        for (int i = 0; i < _menus.Menus.Count; i++) changes[i][_menus.Taken[i]] = 0;
        // What the readers of one weight do about adds up.
        for (int t = 0; t < trials.Length; t++)
        {
            ref double change = ref changes[trials[t].Menu][trials[t].Choice];
            change = (double.IsNaN(change) ? 0 : change) + of(each[t]) - of(start);
        }
        _progress(share);
        return changes;
    }
}
