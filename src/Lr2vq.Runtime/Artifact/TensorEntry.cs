using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>Bytes of a section.</summary>
internal readonly record struct SectionRange(long Offset, long Length);

/// <summary>What the directory of an artifact says of one tensor. Its ranges lie inside their sections; the rest is not yet checked
/// against the payload (codecs do that).</summary>
internal sealed class TensorEntry
{
    public required string Name { get; init; }
    public required WeightRole Role { get; init; }
    public required ElementType Type { get; init; }
    public required int[] Shape { get; init; }
    public required int Groups { get; init; }
    /// <summary>May be a number that this version does not know.</summary>
    public required TensorFormat Format { get; init; }
    /// <summary>‖W − Ŵ‖² ÷ ‖W‖², measured when it was compressed, to three digits.</summary>
    public required float RelativeError { get; init; }
    /// <summary>Where the parameter record lies in the section <c>tensors</c>.</summary>
    public required SectionRange Parameters { get; init; }
    public required SectionRange Codes { get; init; }
    public required SectionRange Codebook { get; init; }
    public required SectionRange Dense { get; init; }
    /// <summary>Bytes of ranges that an earlier tensor has too.</summary>
    public required long SharedBytes { get; init; }

    public long Elements
    {
        get
        {
            long elements = 1;
            foreach (int dimension in Shape) elements *= dimension;
            return elements;
        }
    }

    /// <summary>Bytes of payload and parameters; what several tensors have counts for the first of them.</summary>
    public long StoredBytes => Parameters.Length + Codes.Length + Codebook.Length + Dense.Length - SharedBytes;
}
