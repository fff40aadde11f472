using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Clip: bounds as attributes before opset 11, as optional inputs since.</summary>
internal sealed class Clip() : OnnxOperator("Clip")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        Value? low = null, high = null;
        float? min = null, max = null;
        if (node.Opset < 11)
        {
            if (node.Has("min")) min = node.Float("min", 0);
            if (node.Has("max")) max = node.Float("max", 0);
        }
        else
        {
            (low, high) = (node.Optional(1), node.Optional(2));
            // Constant bounds of floats are attributes of the run time's operator.
            if (x.IsFloat && (low is null || low.Scalar is not null) && (high is null || high.Scalar is not null))
                (min, max, low, high) = (low?.Scalar, high?.Scalar, null, null);
        }
        Value wide = Widening.Of(node, x);
        bool widened = wide.Type != x.Type;
        if (widened) (low, high) = (low is null ? null : Widening.Of(node, low), high is null ? null : Widening.Of(node, high));
        Value y = node.Builder.Emit("Clip", [wide, low, high], Bounds(min, max), wide.Type, x.Shape, widened ? null : node.OutputName());
        node.Return(node.Builder.Cast(y, x.Type, node.OutputName()));
    }

    /// <summary>The largest floats, and infinity, bound nothing.</summary>
    private static AttributeList Bounds(float? min, float? max)
    {
        var attributes = new AttributeList();
        if (min is { } low && low > float.MinValue) attributes.Add("min", low);
        if (max is { } high && high < float.MaxValue) attributes.Add("max", high);
        return attributes;
    }
}
