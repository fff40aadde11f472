using System;
using System.Linq;

namespace Lr2vq.Import;

/// <summary>What helps with an operator that is not supported.</summary>
internal static class OperatorRemedies
{
    private const string Cut = "cut the model in front of it with onnx.utils.extract_model, and do that step in the app";

    public static string Of(string domain, string type)
    {
        if (IsQuantized(type)) return "The model is quantized: give the float model that it was made from, which is compressed here anyway";
        return domain switch
        {
            "" => OfOnnx(type),
            "ai.onnx.ml" => "Of classical models decision trees, linear models, SVMRegressor and encoders of numbers are compiled: export another kind, encode texts in the app, or run the model with ONNX Runtime",
            "ai.onnx.training" or "ai.onnx.preview.training" => "Export the model for inference: call model.eval() before torch.onnx.export",
            "com.microsoft" or "com.microsoft.nchwc" or "com.microsoft.experimental" or "com.ms.internal.nhwc" =>
                "An optimizer of ONNX Runtime made it: give the model as it was exported, without the optimizer",
            "com.microsoft.extensions" or "ai.onnx.contrib" => Text,
            "aten" or "org.pytorch.aten" => "PyTorch found no ONNX operator for it: export with a newer opset_version, or with torch.onnx.export(dynamo=True)",
            _ => "Export the model with standard ONNX operators, or with this operator as a local function of the model",
        };
    }

    private const string Text = "Text is turned into numbers outside of the network: tokenize in the app, and export the part behind the tokenizer";

    private static string OfOnnx(string type) => type switch
    {
        "StringConcat" or "StringSplit" or "StringNormalizer" or "RegexFullMatch" or "TfIdfVectorizer" => Text,
        "ConcatFromSequence" or "SplitToSequence" => Sequence,
        _ when type.StartsWith("Sequence", StringComparison.Ordinal) || type.StartsWith("Optional", StringComparison.Ordinal) => Sequence,
        "ImageDecoder" => "Pictures are decoded in the app: " + Cut,
        _ => "Export the model without it, or run it with ONNX Runtime",
    };

    private const string Sequence = "Tensors only are supported: stack a sequence into one tensor before the export, or " + Cut;

    private static bool IsQuantized(string type) =>
        new[] { "QLinear", "Quantize", "Dequantize", "DynamicQuantize", "QGemm", "QAttention", "QOrdered", "MatMulBnb4" }.Any(start => type.StartsWith(start, StringComparison.Ordinal))
        || type.EndsWith("Integer", StringComparison.Ordinal) || type.Contains("IntegerToFloat", StringComparison.Ordinal);
}
