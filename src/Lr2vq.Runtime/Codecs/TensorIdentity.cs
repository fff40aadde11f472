using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>What a tensor is, whatever its format.</summary>
internal sealed record TensorIdentity(string Name, WeightRole Role, ElementType Type, int[] Shape, int Groups)
{
    /// <summary>Of a weight that a Plan names.</summary>
    public static TensorIdentity Of(PlanWeight weight) => new(weight.Name, weight.Role, weight.Type, weight.CopyShape(), weight.Groups);

    /// <summary>Rows, inputs and kernel size of the canonical form.</summary>
    public CanonicalShape Canonical => CanonicalShape.Of(Role, Shape, Groups);

    /// <summary>Puts packed ranges behind this identity.</summary>
    public EncodedTensor With(TensorFormat format, byte[] parameters, byte[]? codes = null, byte[]? codebook = null, byte[]? dense = null) =>
        new(Name, Role, Type, Shape, Groups, format, parameters, codes ?? [], codebook ?? [], dense ?? []);
}
