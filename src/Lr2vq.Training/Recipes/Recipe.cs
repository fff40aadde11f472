namespace Lr2vq.Training.Recipes;

/// <summary>How a network is trained: numbers, nothing else, so that recipes can be read side by side.</summary>
/// <param name="Name">The method, as on the command line.</param>
/// <param name="Rate">Learning rate of Adam at the start; it follows a cosine to <paramref name="LeastRate"/>.</param>
/// <param name="LeastRate">Learning rate at the end.</param>
/// <param name="LabelShare">Share of the cross-entropy in the loss where there are labels; the rest is the divergence from the teacher's answers.</param>
/// <param name="BitsRate">What a bit of a weight costs, in units of the loss; raised to this over the first half.</param>
/// <param name="MostGradient">Norm to which gradients are cut.</param>
internal sealed record Recipe(string Name, double Rate, double LeastRate, double LabelShare, double BitsRate, double MostGradient)
{
    /// <summary>The control: plain weights.</summary>
    public static Recipe Dense { get; } = new("fp32", 5e-4, 1e-6, 0.5, 0, 5);

    /// <summary>Entries, basis, BatchNormalization and biases behind frozen codes; rates as in PQF.</summary>
    public static Recipe Codebook { get; } = new("lr2vq", 1e-3, 1e-6, 0.5, 0, 5);

    /// <summary>Entropy-coded scalars.</summary>
    public static Recipe Scalars { get; } = new("tc-ecsq", 1e-3, 1e-5, 0.5, 1e-7, 5);
}
