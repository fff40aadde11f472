namespace Lr2vq.Codecs;

/// <summary>What a search hands to <see cref="BinaryTensor.Pack"/>.</summary>
internal sealed class BinaryFactors
{
    /// <summary>Signs that are added, 1 to <see cref="BinaryTensor.MaxStages"/>.</summary>
    public required int Stages { get; init; }

    /// <summary>Neighbouring weights of a row that share a scale in each stage.</summary>
    public required int Group { get; init; }

    /// <summary>Scales [rows, groups, stages], not negative.</summary>
    public required float[] Scales { get; init; }

    /// <summary>Signs of all stages in canonical order [rows, columns]: bit t is set where stage t is negative.</summary>
    public required byte[] Signs { get; init; }
}
