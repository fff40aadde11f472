using Lr2vq.Options;

namespace Lr2vq.FineTuning;

/// <summary>A training of a network's own weights with labels: <c>lr2vq train</c>.</summary>
/// <param name="Model">The .onnx file.</param>
/// <param name="Output">The .onnx file to write: the same network with other numbers.</param>
/// <param name="Options">Samples and their classes, how pictures become inputs, dimensions, seed, threads, time limit.</param>
internal sealed record NetworkTraining(string Model, string Output, ModelOptions Options)
{
    public const int UsualEpochs = 10, UsualBatch = 64;

    public const double UsualRate = 5e-4;

    /// <summary>Times that each sample is seen, where <see cref="Images"/> says nothing.</summary>
    public double Epochs { get; init; } = UsualEpochs;

    /// <summary>Samples that are seen, those that are seen again included.</summary>
    public long? Images { get; init; }

    /// <summary>Samples of a step.</summary>
    public int Batch { get; init; } = UsualBatch;

    /// <summary>Adam's at the start; it falls to a hundredth.</summary>
    public double LearningRate { get; init; } = UsualRate;

    public double WeightDecay { get; init; }

    /// <summary>Pixels that pictures are moved by at most.</summary>
    public int Shift { get; init; }

    /// <summary>Whether pictures are mirrored by chance.</summary>
    public bool Mirror { get; init; }

    /// <summary>File from which the training goes on if it is there, and into which it is written; null for none.</summary>
    public string? Checkpoint { get; init; }
}

/// <summary>Why a training was over.</summary>
internal enum TrainingStop { Done, TimeIsUp, Cancelled }

/// <summary>How a network answers samples that it was not trained with.</summary>
/// <param name="Loss">Cross-entropy in nats.</param>
/// <param name="Right">Share of right answers.</param>
internal readonly record struct LabelledQuality(double Loss, double Right);

/// <summary>What a training gave.</summary>
/// <param name="Before">The network as it came.</param>
/// <param name="After">The network that was written.</param>
/// <param name="Steps">Steps done, those before an interruption included.</param>
/// <param name="Images">Samples seen in them.</param>
/// <param name="Samples">Samples that were trained with.</param>
/// <param name="HeldOut">Samples that judged.</param>
/// <param name="Stop">Why it was over.</param>
/// <param name="IsWritten">Whether there is a file: not where it was cancelled before anything was better.</param>
internal sealed record TrainedNetwork(LabelledQuality Before, LabelledQuality After, int Steps, long Images, int Samples, int HeldOut, TrainingStop Stop, bool IsWritten);
