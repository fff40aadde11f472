using System.Collections.Generic;

namespace Lr2vq.Import;

/// <summary>Every operator that can be imported, of all domains.</summary>
internal static class OnnxOperators
{
    private static readonly Dictionary<(string Domain, string Type), OnnxOperator> ByType = Index(
    [
        // Elementwise
        new Unary(), new ParametricUnary(), new Not(), new BitwiseNot(), new IsNaN(), new Clip(), new Cast(), new Arithmetic(), new Pow(), new Mod(), new BitShift(),
        new Comparison(), new Logic(), new Variadic(), new Where(), new PRelu(),
        // Convolution, Pooling, Products, Recurrent
        new Conv(), new ConvTranspose(), new DeformConv(), new Pooling(), new GlobalPooling(), new GlobalLpPool(), new RoiAlign(), new MaxRoiPool(), new MaxUnpool(), new MatMul(), new Gemm(), new Attention(), new RotaryEmbedding(), new Einsum(), new Det(), new Recurrence(),
        // Normalization, Reductions
        new BatchNormalization(), new LayerNormalization(), new InstanceNormalization(), new GroupNormalization(), new LpNormalization(), new LRN(),
        new MeanVarianceNormalization(), new Softmax(), new Reductions(), new ArgMax(), new CumSum(),
        // Losses
        new NegativeLogLikelihoodLoss(), new SoftmaxCrossEntropyLoss(),
        // Constants, Shapes
        new Constant(), new ConstantOfShape(), new Windows(), new MelWeightMatrix(), new DFT(), new STFT(), new Range(), new EyeLike(), new Shape(), new Size(), new Reshape(), new Flatten(), new Squeeze(), new Unsqueeze(),
        // Control
        new If(), new Loop(), new Scan(),
        // Movement, Resizing
        new Identity(), new Dropout(), new Expand(), new Tile(), new Transpose(), new Concat(), new Split(), new Pad(), new DepthToSpace(), new SpaceToDepth(),
        new Trilu(), new Slice(), new Resize(), new CenterCropPad(), new AffineGrid(), new GridSample(), new Col2Im(),
        // Indexing
        new NonZero(), new NonMaxSuppression(), new Compress(), new Unique(), new Gather(), new GatherElements(), new GatherND(), new ScatterElements(), new ScatterND(), new OneHot(), new TopK(), new ReverseSequence(),
        // Random
        new RandomNumbers(), new Bernoulli(), new Multinomial(),
        // Quantization
        new QuantizeLinear(), new DequantizeLinear(), new DynamicQuantizeLinear(), new MatMulInteger(), new ConvInteger(), new QLinearMatMul(), new QLinearConv(),
        // Of com.microsoft alone
        new BiasAdd(), new BiasedGelu(), new BiasSplitGelu(), new QuickGelu(), new FusedConv(), new FusedGemm(), new FusedMatMul(),
        new SkipLayerNormalization(), new EmbedLayerNormalization(), new GroupNorm(), new InputAttention(), new MultiHeadAttention(),
        new QuantizedBinary(), new QuantizedFunction(), new QLinearGlobalAveragePool(), new QLinearConcat(), new QLinearWhere(), new MatMulIntegerToFloat(), new QGemm(), new MatMulNBits(),
        // Classical models
        new TreeEnsemble(), new TreeEnsembleClassifier(), new TreeEnsembleRegressor(), new LinearClassifier(), new LinearRegressor(), new SVMRegressor(), new Normalizer(), new Scaler(), new Imputer(),
        new LabelEncoder(), new OneHotEncoder(), new FeatureVectorizer(), new ArrayFeatureExtractor(), new Binarizer(), new ZipMap(),
    ]);

    /// <summary>Domains and names of all.</summary>
    public static IEnumerable<(string Domain, string Type)> All => ByType.Keys;

    public static OnnxOperator? Find(string domain, string type) => ByType.GetValueOrDefault((domain, type));

    private static Dictionary<(string, string), OnnxOperator> Index(OnnxOperator[] all)
    {
        var index = new Dictionary<(string, string), OnnxOperator>();
        foreach (OnnxOperator op in all)
            foreach (string type in op.Types)
            {
                if (op.IsOnnx) index.Add(("", type), op);
                if (op.OtherDomain is { } domain) index.Add((domain, type), op);
                if (op.IsMicrosoft) index.Add((MicrosoftOperator.Domain, type), op);
            }
        return index;
    }
}
