using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;

namespace Lr2vq.Import;

/// <summary>HannWindow, HammingWindow and BlackmanWindow of a known length.</summary>
internal sealed class Windows() : OnnxOperator("HannWindow", "HammingWindow", "BlackmanWindow")
{
    public override void Import(NodeContext node)
    {
        if (node.Numbers(0, "its length") is not [>= 0 and <= 1 << 24 and var length]) throw node.Invalid("its length is no number that makes sense");
        node.FloatType = OnnxDataType.ToElementType(node.Int("output_datatype", 1));
        if (!Plans.ElementTypes.IsFloat(node.FloatType.Value)) throw node.UnsupportedType(node.FloatType.Value);
        // Periodic ones leave out the last place, which would repeat the first.
        int period = node.Int("periodic", 1) != 0 ? length : length - 1;
        double[] cosines = node.OpType switch { "HannWindow" => [0.5, -0.5], "HammingWindow" => [25.0 / 46, -21.0 / 46], _ => [0.42, -0.5, 0.08] };
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = (float)cosines.Select((factor, k) => factor * Math.Cos(2 * Math.PI * k * i / period)).Sum();
        node.Return(Value.Of(node.OutputName() ?? "", ConstantTensor.Of([length], values)));
    }
}
