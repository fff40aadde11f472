using System;
using System.Collections.Generic;

namespace Lr2vq.Import;

/// <summary>Every ONNX operator that can be imported.</summary>
internal static class OnnxOperators
{
    private static readonly Dictionary<string, OnnxOperator> ByType = Index(
    [
        new Unary(), new ParametricUnary(), new Predicate(), new Arithmetic(), new Comparison(), new Logic(), new Variadic(), new Where(), new PRelu(), new Clip(), new Cast(),
        new Convolution(), new TransposedConvolution(), new Pooling(), new GlobalPooling(), new MatrixProduct(), new GeneralProduct(),
        new BatchNormalization(), new LayerNormalization(), new ChannelNormalization(), new ResponseNormalization(), new MeanVarianceNormalization(),
        new Reduction(), new ArgExtreme(), new CumulativeSum(), new TopK(), new Softmax(),
        new ShapeOf(), new ReshapeTo(), new Flatten(), new Squeeze(), new Identity(), new Repetition(),
        new ConstantNode(), new ConstantOfShape(), new RangeOf(), new EyeLike(), new OneHot(),
        new TransposeAxes(), new Concatenation(), new SplitParts(), new Padding(), new DepthSpace(), new Triangle(), new SliceRange(),
        new GatherAxis(), new GatherMany(), new ScatterMany(), new Resizing(), new Recurrence(), new AttentionHeads(), new RotaryEmbedding(),
    ]);

    /// <summary>The names, sorted.</summary>
    public static IReadOnlyCollection<string> Types => new SortedSet<string>(ByType.Keys, StringComparer.Ordinal);

    public static OnnxOperator? Find(string domain, string type) => domain.Length == 0 ? ByType.GetValueOrDefault(type) : null;

    private static Dictionary<string, OnnxOperator> Index(OnnxOperator[] all)
    {
        var index = new Dictionary<string, OnnxOperator>(StringComparer.Ordinal);
        foreach (OnnxOperator op in all)
            foreach (string type in op.Types) index.Add(type, op);
        return index;
    }
}
