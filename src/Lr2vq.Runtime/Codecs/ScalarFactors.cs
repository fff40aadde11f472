namespace Lr2vq.Codecs;

/// <summary>What a search hands to <see cref="ScalarTensor.Pack"/>.</summary>
internal sealed class ScalarFactors
{
    /// <summary>Bits of a code, 1 to 8.</summary>
    public required int Bits { get; init; }

    /// <summary>Values of the codes in units of a scale; empty for uniform levels.</summary>
    public float[] Table { get; init; } = [];

    /// <summary>Neighbouring weights of a row that share a scale.</summary>
    public required int Group { get; init; }

    /// <summary>Scales [rows, groups], not negative.</summary>
    public required float[] Scales { get; init; }

    /// <summary>Codes in canonical order [rows, columns].</summary>
    public required byte[] Codes { get; init; }
}
