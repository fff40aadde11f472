using System;
using System.Collections.Generic;
using Lr2vq.Codecs;

namespace Lr2vq.Training.Tuning;

/// <summary>How long a training is, and where it is kept meanwhile.</summary>
/// <param name="Steps">Of all phases together.</param>
internal sealed record TrainingLimits(int Steps)
{
    /// <summary>Seed of every random choice: what is random in a step follows from it and the step's number.</summary>
    public int Seed { get; init; }

    /// <summary>Looks at the held-out part, evenly over the steps; phases that are compared end with one besides.</summary>
    public int Looks { get; init; } = 10;

    /// <summary>Time of the whole training, interruptions left out: the last look is done before it is over. Null for no limit.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>File from which a training goes on if it is there, and into which it is written; null for none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>What else, besides recipe, steps, seed and shapes, must be the same for a checkpoint to be that of this training.</summary>
    public string Key { get; init; } = "";

    /// <summary>Time between two checkpoints.</summary>
    public TimeSpan SaveEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What the file may take where bits depend on parameters.</summary>
    public SizeTarget? Size { get; init; }
}

/// <summary>A size to reach.</summary>
/// <param name="Bytes">Of the whole file.</param>
/// <param name="LengthOf">The exact length of a file with these weights.</param>
internal sealed record SizeTarget(long Bytes, Func<IReadOnlyList<EncodedTensor>, long> LengthOf)
{
    /// <summary>How much longer than asked for what is kept may be.</summary>
    public double Slack { get; init; } = 0.01;
}

/// <summary>What a look at the held-out part says.</summary>
/// <param name="Loss">Smaller is better.</param>
/// <param name="Agreement">Share of the answers that are the original's.</param>
internal readonly record struct Quality(double Loss, double Agreement);

/// <summary>How far a training is.</summary>
/// <param name="Phase">Its name.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Of all.</param>
/// <param name="Loss">Of the last steps.</param>
/// <param name="Look">The last look; null before the first.</param>
/// <param name="Bytes">Length of the file at the last look, where a size was asked for.</param>
/// <param name="ImagesPerSecond">Since this process began with it.</param>
/// <param name="Left">Time that it will still take.</param>
/// <param name="Fraction">0 to 1, by steps or by time.</param>
internal sealed record TrainingProgress(string Phase, int Step, int Steps, double Loss, Quality? Look, long? Bytes, double ImagesPerSecond, TimeSpan Left, double Fraction);

/// <summary>Why a training ended.</summary>
internal enum TrainingEnd { Done, TimeIsUp, Cancelled }

/// <summary>What a training gave.</summary>
/// <param name="Tensors">The weights that the held-out part liked best: what came, if nothing was better.</param>
/// <param name="Best">Its look.</param>
/// <param name="Before">The look at what came.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="End">Why it ended.</param>
internal sealed record TrainingResult(IReadOnlyList<EncodedTensor> Tensors, Quality Best, Quality Before, int Steps, TrainingEnd End);
