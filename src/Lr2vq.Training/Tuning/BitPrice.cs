using System;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Weights;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tuning;

/// <summary>What a bit costs in the loss. With a size as target the price follows it: a path of sizes falls to the target over the first part of the training, and the price
/// grows while there are more bits than that, and falls while there are fewer.</summary>
/// <param name="cost">What all bits that the weights have at first cost together at first: a network of many weights has a loss no larger than one of few.</param>
/// <param name="target">Null for a price that is raised to the first over the first half and then stays.</param>
internal sealed class BitPrice(double cost, SizeTarget? target)
{
    /// <summary>The share of the training after which the size is that of the target.</summary>
    private const double Descent = 0.5;

    /// <summary>The size that is aimed at, as a share of the one that was asked for: what is a little larger is not kept.</summary>
    private const double Aim = 0.997;

    /// <summary>Factors of the logarithm of the price: of the excess to come, and of its integral over the whole training. A tenth too much for a tenth of the training makes a bit 2.7 times as dear.</summary>
    private const double Proportion = 12, Integral = 100;

    /// <summary>Steps that the excess to come is ahead: Adam's momentum goes on for as long.</summary>
    private const double Ahead = 10;

    /// <summary>The price without what follows the excess at hand; bits of the file that are counted nowhere; bits at the start; how far the training was;
    /// the logarithm of the bits, and how it changes in a step.</summary>
    public double[] State { get; } = [0, 0, 0, 0, 0, 0];

    /// <summary>Told at each look what the file really takes.</summary>
    public void Calibrate(long bytes, double counted) => State[1] = 8.0 * bytes - counted;

    /// <summary>The bits of all weights, differentiable; null where none depends on parameters.</summary>
    public static Tensor? Count(TorchNetwork network)
    {
        Tensor? all = null;
        foreach (TrainableWeight weight in network.Weights.Values)
            if (weight.Bits() is { } bits) all = all is null ? bits : all + bits;
        return all;
    }

    /// <summary>The price of a step.</summary>
    /// <param name="counted">Bits that the weights have now.</param>
    /// <param name="share">How far the training is.</param>
    public double Next(double counted, double share)
    {
        if (State[2] == 0) (State[0], State[2]) = (cost / Math.Max(1, counted), Math.Max(1, counted));
        double first = cost / State[2];
        if (target is null) return first * Math.Min(1, 2 * share);
        double aim = Math.Max(1, 8.0 * Aim * target.Bytes - State[1]);
        double path = Math.Max(aim, State[2] * Math.Pow(aim / State[2], Math.Min(1, share / Descent)));
        double log = Math.Log(Math.Max(1, counted));
        State[5] = State[4] == 0 ? 0 : State[5] + 0.3 * (log - State[4] - State[5]);
        State[4] = log;
        double excess = log + Ahead * State[5] - Math.Log(path);
        State[0] = Math.Clamp(State[0] * Math.Exp(Math.Clamp(Integral * excess * (share - State[3]), -2, 2)), first * 1e-4, first * 1e4);
        State[3] = share;
        return State[0] * Math.Exp(Math.Clamp(Proportion * excess, -4, 4));
    }
}
