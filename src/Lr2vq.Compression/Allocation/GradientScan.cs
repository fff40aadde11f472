using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;

namespace Lr2vq.Compression.Allocation;

/// <summary>Changes of the loss by first order: what other places of a menu would do, from one gradient and a few probes for each weight.</summary>
internal sealed class GradientScan
{
    private const int Probes = 3;

    private readonly double[][] _norms, _predicted;
    private readonly MenuAllocation _menus;

    /// <param name="menus">Menus and the places that are taken.</param>
    /// <param name="gradients">Of the loss in each weight where it has what is taken.</param>
    public GradientScan(MenuAllocation menus, float[]?[] gradients, Workers workers)
    {
        _menus = menus;
        _norms = new double[menus.Menus.Count][];
        _predicted = new double[menus.Menus.Count][];
        workers.Run(menus.Menus.Count, i => menus.Menus[i].Choices[0].Bytes, i =>
        {
            TensorMenu menu = menus.Menus[i];
            (_norms[i], _predicted[i]) = (new double[menu.Choices.Length], new double[menu.Choices.Length]);
            if (gradients[menu.Tensor] is not { } gradient) return;
            float[] now = Verification.Decode(menu.Choices[menus.Taken[i]].Encoded.Tensor);
            for (int c = menus.Taken[i] + 1; c < menu.Choices.Length; c++)
            {
                workers.Cancellation.ThrowIfCancellationRequested();
                float[] other = Verification.Decode(menu.Choices[c].Encoded.Tensor);
                double square = 0, change = 0;
                for (int k = 0; k < now.Length; k++)
                {
                    double moved = (double)other[k] - now[k];
                    square += moved * moved;
                    change += moved * gradient[k];
                }
                (_norms[i][c], _predicted[i][c]) = (Math.Sqrt(square), change);
            }
        });
    }

    /// <summary>The places to measure: the nearest, the farthest and one between.</summary>
    public int[][] Asked => [.. _norms.Select((norms, i) =>
    {
        int[] places = [.. Enumerable.Range(_menus.Taken[i] + 1, norms.Length - _menus.Taken[i] - 1).OrderBy(c => norms[c])];
        return places.Length <= Probes ? places : [.. Enumerable.Range(0, Probes).Select(p => places[p * (places.Length - 1) / (Probes - 1)])];
    })];

    /// <summary>Measured where it was, predicted within what the probes allow, NaN beyond.</summary>
    public double[][] Changes(double[][] measured) => [.. measured.Select((changes, i) =>
    {
        int[] probes = [.. Enumerable.Range(_menus.Taken[i] + 1, changes.Length - _menus.Taken[i] - 1).Where(c => !double.IsNaN(changes[c]))];
        double bound = RankGradient.Bound(probes.Select(c => new LossProbe(_norms[i][c], _predicted[i][c], changes[c])));
        return changes.Select((change, c) => c > _menus.Taken[i] && double.IsNaN(change) && _norms[i][c] <= bound ? _predicted[i][c] : change).ToArray();
    })];
}
