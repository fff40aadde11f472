using System;
using Lr2vq.Graphs;
using Lr2vq.Onnx;

namespace Lr2vq.Import;

/// <summary>MelWeightMatrix of known numbers: triangles that sum bins of a spectrum.</summary>
internal sealed class MelWeightMatrix() : OnnxOperator("MelWeightMatrix")
{
    /// <summary>A small file could ask for any number.</summary>
    private const int MostElements = 1 << 24;

    public override void Import(NodeContext node)
    {
        int bins = node.Number(0, "the number of bins"), window = node.Number(1, "the length of the transform"), rate = node.Number(2, "the sample rate");
        float low = node[3].Scalar ?? throw node.DataDependent("its lowest frequency", node[3]), high = node[4].Scalar ?? throw node.DataDependent("its highest frequency", node[4]);
        node.FloatType = OnnxDataType.ToElementType(node.Int("output_datatype", 1));
        if (!Plans.ElementTypes.IsFloat(node.FloatType.Value)) throw node.UnsupportedType(node.FloatType.Value);
        int rows = window / 2 + 1;
        if (bins < 1 || window < 1 || rate < 1 || (long)rows * bins > MostElements || !(low >= 0 && low < high)) throw node.Invalid("its numbers make no sense");
        // Where the triangles begin, have their top and end.
        int[] places = new int[bins + 2];
        double first = Mel(low), step = (Mel(high) - first) / places.Length;
        for (int i = 0; i < places.Length; i++)
        {
            double hertz = 700 * (Math.Pow(10, (first + i * step) / 2595) - 1);
            places[i] = (int)Math.Floor((window + 1) * hertz / rate);
        }
        if (places[^1] > rows) throw node.Invalid("its highest frequency is beyond the spectrum");
        float[] values = new float[rows * bins];
        for (int i = 0; i < bins; i++)
        {
            (int begin, int top, int end) = (places[i], places[i + 1], places[i + 2]);
            if (top < rows)
                for (int k = begin; k <= top; k++) values[k * bins + i] = top == begin ? 1f : (float)(k - begin) / (top - begin);
            for (int k = top; k < end; k++) values[k * bins + i] = (float)(end - k) / (end - top);
        }
        node.Return(Value.Of(node.OutputName() ?? "", ConstantTensor.Of([rows, bins], values)));
    }

    private static double Mel(double hertz) => 2595 * Math.Log10(1 + hertz / 700);
}
