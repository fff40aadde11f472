using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>FusedConv: activation(convolution + residual).</summary>
internal sealed class FusedConv() : MicrosoftOperator("FusedConv")
{
    public override void Import(NodeContext node)
    {
        bool activates = node.Text("activation", "").Length > 0, adds = node.Optional(3) is not null;
        Value y = Conv.Convolve(node, activates || adds ? null : node.OutputName());
        if (adds)
        {
            Value residual = node.Floats(3);
            if (residual.Rank != y.Rank || !residual.Shape.Zip(y.Shape).All(pair => Shapes.MayBeEqual(pair.First, pair.Second))) throw node.Invalid($"{residual} does not fit {y}");
            y = node.Builder.Emit("Add", [y, residual], StepAttributes.Empty, y.Type, y.Shape, activates ? null : node.OutputName());
        }
        float[] parameters = node.Attribute("activation_params")?.Floats ?? [];
        node.Return(FusedActivation.Of(node, y, (_, place, absent) => place < parameters.Length ? parameters[place] : absent));
    }
}
