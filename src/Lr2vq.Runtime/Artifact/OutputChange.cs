namespace Lr2vq.Artifacts;

/// <summary>How far an output of the compressed network is from the original's, over several samples.</summary>
/// <param name="Name">Name of the output.</param>
internal sealed record OutputChange(string Name)
{
    /// <summary>‖a − b‖ ÷ ‖a‖, the mean over the samples; not a number where there is nothing to compare.</summary>
    public double Mean { get; init; }

    /// <summary>The same of the sample with the largest.</summary>
    public double Worst { get; init; }

    /// <summary>Largest |a − b| ÷ the root mean square of a.</summary>
    public double Largest { get; init; }

    /// <summary>Kullback–Leibler divergence in nats, where the output holds classes.</summary>
    public double? Divergence { get; init; }

    /// <summary>The share of rows with the same first class, or of equal elements where they are integers.</summary>
    public double? Agreement { get; init; }
}
