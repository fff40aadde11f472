using System.Collections.Generic;
using Lr2vq.Codecs;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>A weight that has the bytes of another one: an embedding, say, and the product that is tied to it. What it does not have are parameters of its own.</summary>
internal sealed class TiedWeight(EncodedTensor tensor, TrainableWeight other) : TrainableWeight(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
{
    private readonly bool _isTurned = tensor.Format == TensorFormat.Turned;

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters => [];

    public override Tensor Rebuild() => _isTurned ? other.Rebuild().t() : other.Rebuild();

    public override EncodedTensor Export(float[]? gain)
    {
        EncodedTensor shared = other.Export(null);
        return _isTurned ? TurnedTensor.Pack(Identity, shared) : shared with { Name = Identity.Name, Role = Identity.Role, Shape = Identity.Shape, Groups = Identity.Groups };
    }
}
