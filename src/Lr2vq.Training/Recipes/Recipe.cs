using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Training.Recipes;

/// <summary>A part of a training.</summary>
/// <param name="Name">What the weights are told; each format knows the names of its own.</param>
/// <param name="Share">Of all steps.</param>
/// <param name="Rate">Learning rate of Adam at the start of the phase; it follows a cosine to <paramref name="LeastRate"/>.</param>
/// <param name="LeastRate">Learning rate at the end.</param>
internal sealed record Phase(string Name, double Share, double Rate, double LeastRate)
{
    /// <summary>Whether the weights can be put into the file that was asked for: only then is the network compared, and kept if it is the best.</summary>
    public bool IsCompared { get; init; } = true;

    /// <summary>Weights stay; BatchNormalizations and biases are trained.</summary>
    public bool WeightsStay { get; init; }
}

/// <summary>How a network is trained: numbers, nothing else, so that recipes can be read side by side.</summary>
/// <param name="Name">The method, as on the command line.</param>
/// <param name="Phases">In their order; the shares add up to 1.</param>
internal sealed record Recipe(string Name, params Phase[] Phases)
{
    /// <summary>Subvectors and entries are relative to the scales of rows, about 1, where weights as networks have them are about a tenth: their rates are those of weights.</summary>
    private static readonly Dictionary<string, double> s_normalized = new() { ["vectors"] = 10, ["entries"] = 10 };

    /// <summary>Share of the cross-entropy in the loss where there are labels; the rest is the divergence from the teacher's answers.</summary>
    public double LabelShare { get; init; } = 0.5;

    /// <summary>What all bits of the weights cost at first, in units of the loss, where bits depend on parameters; where a size is asked for the price then follows it.</summary>
    public double BitsCost { get; init; }

    /// <summary>Where bits depend on parameters: how many times as long as the file that was asked for the one is that training begins with. What is finer at first has more to choose from.</summary>
    public double StartSize { get; init; } = 1;

    /// <summary>Norm to which gradients are cut.</summary>
    public double MostGradient { get; init; } = 5;

    /// <summary>Adam's weight decay, of weights alone.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Factors of the learning rate for parameters of weights, by the name that the weight gives them.</summary>
    public IReadOnlyDictionary<string, double> Factors { get; init; } = new Dictionary<string, double>();

    /// <summary>The same with learning rates multiplied.</summary>
    public Recipe Faster(double factor) => this with { Phases = [.. Phases.Select(phase => phase with { Rate = phase.Rate * factor, LeastRate = phase.LeastRate * factor })] };

    /// <summary>All of it as text: what else was trained by is no checkpoint of this.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"{Name} {LabelShare} {BitsCost} {StartSize} {MostGradient} {WeightDecay}; {string.Join(", ", Factors.Select(f => $"{f.Key} {f.Value:R}"))}; {string.Join(", ", Phases.Select(p => $"{p}"))}");

    /// <summary>The control: plain weights.</summary>
    public static Recipe Dense { get; } = new("fp32", new Phase("tune", 1, 5e-4, 1e-6));

    /// <summary>Codebooks, BatchNormalization and biases behind frozen codes, as PQF tunes them; codes are those of the search.</summary>
    public static Recipe Codebook { get; } = new("pqf", new Phase("tune", 1, 1e-3, 1e-6)) { Factors = s_normalized };

    /// <summary>LR²VQ where samples chose the codes: they stay, all else is tuned.</summary>
    public static Recipe Lr2vq { get; } = Codebook with { Name = "lr2vq" };

    /// <summary>LR²VQ without samples before: the network gets used to low rank, subvectors are clustered in d̃ dimensions, codes grow firm, then all but the codes is tuned.</summary>
    public static Recipe LowRank { get; } = new("lr2vq-soft", new Phase("lowrank", 0.25, 5e-4, 5e-5) { IsCompared = false }, new Phase("soft", 0.45, 5e-4, 1e-4), new Phase("tune", 0.3, 1e-3, 1e-6)) { Factors = s_normalized };

    /// <summary>Differentiable k-means: weights are trained behind their mixtures of centres; at last the codebooks behind the codes.</summary>
    public static Recipe Soft { get; } = new("dkm", new Phase("soft", 0.8, 5e-4, 5e-5), new Phase("tune", 0.2, 5e-4, 1e-6)) { Factors = s_normalized };

    /// <summary>And the Bit Goes Down: codebooks of one layer after the other, those behind it still the model's, then all.</summary>
    public static Recipe Layers { get; } = new("bgd", new Phase("layers", 0.4, 1e-3, 5e-4), new Phase("tune", 0.6, 1e-3, 1e-6)) { Factors = s_normalized };

    /// <summary>What the build does with a few hundred samples and a few minutes: hundreds of steps, so large ones.</summary>
    public static Recipe FineTune { get; } = new("fine-tune", new Phase("tune", 1, 2e-3, 2e-5))
    {
        LabelShare = 0, BitsCost = 0.001,
        Factors = new Dictionary<string, double> { ["entries"] = 3, ["weight"] = 0.1, ["levels"] = 10, ["widths"] = 10, ["mixture"] = 10 },
    };

    /// <summary>Entropy-coded scalars: a finer file whose bits become dearer until it has the size, then what is not a weight.</summary>
    public static Recipe Scalars { get; } = new("tc-ecsq", new Phase("round", 0.9, 1e-3, 1e-5), new Phase("norms", 0.1, 1e-3, 1e-5) { WeightsStay = true })
    {
        BitsCost = 0.5, StartSize = 1.5, Factors = new Dictionary<string, double> { ["levels"] = 20, ["widths"] = 10, ["mixture"] = 10 },
    };

    /// <summary>The same where samples gave each level its place: what is finer would have to find it anew.</summary>
    public static Recipe CalibratedScalars { get; } = Scalars with
    {
        Name = "auto", StartSize = 1, BitsCost = 0.01, Phases = [new Phase("round", 0.9, 1e-4, 1e-6), new Phase("norms", 0.1, 5e-4, 1e-5) { WeightsStay = true }],
    };

    /// <summary>Both factors, rounded.</summary>
    public static Recipe TwoFactors { get; } = new("svd", new Phase("tune", 1, 5e-4, 1e-6));

    /// <summary>Quantized sparse decomposition: coefficients on their support and dictionary, both rounded; then what is not a weight.</summary>
    public static Recipe Sparse { get; } = new("qswd", new Phase("round", 0.9, 1e-3, 1e-5), new Phase("norms", 0.1, 1e-3, 1e-5) { WeightsStay = true })
    {
        BitsCost = 0.05, Factors = new Dictionary<string, double> { ["levels"] = 10, ["widths"] = 10, ["mixture"] = 10 },
    };

    /// <summary>Numbers behind the signs, and scales.</summary>
    public static Recipe Binary { get; } = new("binary", new Phase("tune", 1, 1e-3, 1e-6));

    /// <summary>Levels of fixed length with scales of groups.</summary>
    public static Recipe Levels { get; } = new("uniform", new Phase("tune", 1, 1e-3, 1e-6)) { Factors = new Dictionary<string, double> { ["levels"] = 10, ["table"] = 10 } };
}
