using System;
using System.Collections.Generic;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Allocation;

/// <summary>Places that weights take of their menus, and how they are shared out within a size.</summary>
internal sealed class MenuAllocation(CompressionRun run, IReadOnlyList<TensorMenu> menus)
{
    public IReadOnlyList<TensorMenu> Menus => menus;

    /// <summary>The place that each weight has.</summary>
    public int[] Taken { get; } = new int[menus.Count];

    /// <summary>Takes the places of the menus whose sum of costs, or whose largest, is least for a size.</summary>
    /// <param name="costs">By menu and place; NaN where the place is not open.</param>
    /// <param name="budget">Bytes of the artifact.</param>
    /// <param name="isEven">The largest cost is to be least; else their sum.</param>
    /// <returns>False if even the smallest are too large.</returns>
    public bool Allocate(double[][] costs, long budget, bool isEven)
    {
        // Small changes are noise: a price of 2⁻⁶⁰ a byte takes the finest, one of 2²⁰ the smallest.
        double low = -60, high = 20;
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2;
            TakeAt(costs, ExactMath.Exp2(middle), isEven);
            if (run.FileBytes > budget) low = middle;
            else high = middle;
        }
        TakeAt(costs, ExactMath.Exp2(high), isEven);
        if (run.FileBytes > budget) return false;
        while (TakeFiner(costs, budget)) { }
        return true;
    }

    /// <summary>Spends what is left of a size on what it does most for.</summary>
    private bool TakeFiner(double[][] costs, long budget)
    {
        long left = budget - run.FileBytes;
        (int Menu, int Choice, double Gain) best = (-1, 0, 0);
        for (int i = 0; i < menus.Count; i++)
            for (int c = 0; c < Taken[i]; c++)
            {
                double gain = Math.Max(costs[i][Taken[i]], 0) - Math.Max(costs[i][c], 0), more = menus[i].Choices[c].Bytes - menus[i].Choices[Taken[i]].Bytes;
                if (more <= left && gain / more > best.Gain) best = (i, c, gain / more);
            }
        if (best.Menu < 0) return false;
        int before = Taken[best.Menu];
        Take(best.Menu, best.Choice);
        if (run.FileBytes <= budget) return true;
        Take(best.Menu, before);
        return false;
    }

    /// <param name="price">Of a byte; if even, the cost that each weight may have.</param>
    private void TakeAt(double[][] costs, double price, bool isEven)
    {
        for (int i = 0; i < menus.Count; i++)
        {
            int best = -1;
            double least = 0;
            for (int c = 0; c < costs[i].Length; c++)
            {
                if (double.IsNaN(costs[i][c])) continue;
                double cost = Math.Max(costs[i][c], 0);
                if (isEven ? best < 0 || cost <= price : best < 0 || cost + price * menus[i].Choices[c].Bytes < least) (best, least) = (c, cost + price * menus[i].Choices[c].Bytes);
            }
            Take(i, best);
        }
    }

    /// <summary>Takes a place of a menu.</summary>
    public void Take(int menu, int choice)
    {
        Taken[menu] = choice;
        TensorChoice made = menus[menu].Choices[choice];
        foreach (int reader in run.ReadersOf(menus[menu].Tensor)) run.Specs[reader] = made.Spec;
        run.Put(menus[menu].Tensor, made.Encoded);
    }
}
