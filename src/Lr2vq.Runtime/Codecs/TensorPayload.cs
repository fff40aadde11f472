using System;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>A weight in an artifact: the metadata of its directory entry, and where its bytes lie.</summary>
/// <remarks>The ranges lie inside the file (checked), have any alignment, and live as long as <see cref="Memory"/>.
/// Lengths come from the file: a codec checks each against the shape and its parameters before it reads. At least 64 bytes beyond each
/// range can be read (they belong to something else).</remarks>
internal unsafe struct TensorPayload
{
    public string Name;
    public WeightRole Role;
    public ElementType Type;
    public int[] Shape;
    public int Groups;
    public TensorFormat Format;
    public byte* ParametersData, CodesData, CodebookData, DenseData;
    public int ParametersLength;
    public long CodesLength, CodebookLength, DenseLength;
    /// <summary>For what a codec expands when it opens a tensor; freed with the model.</summary>
    public NativeArena Memory;

    /// <summary>Rows, inputs and kernel size of the canonical form.</summary>
    public readonly CanonicalShape Canonical => CanonicalShape.Of(Role, Shape, Groups);

    /// <summary>The product of the dimensions, which the directory limits.</summary>
    public readonly long Elements
    {
        get
        {
            long elements = 1;
            foreach (int dimension in Shape) elements *= dimension;
            return elements;
        }
    }

    public readonly ReadOnlySpan<byte> Parameters => new(ParametersData, ParametersLength);
    /// <summary>The codebook range; never 2 GiB or more in a valid tensor.</summary>
    public readonly ReadOnlySpan<byte> Codebook => new(CodebookData, checked((int)CodebookLength));

    /// <summary>The payload does not fit its metadata.</summary>
    /// <param name="what">What is wrong, as the end of a sentence that starts with the tensor's name.</param>
    /// <param name="cause">What found it, if that was an exception.</param>
    public readonly InvalidArtifactException Invalid(string what, Exception? cause = null) =>
        new(DiagnosticCatalogue.InvalidTensor.At(new DiagnosticPlace(Tensor: Name), Name, what), cause);
}
