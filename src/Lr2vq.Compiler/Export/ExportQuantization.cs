using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Quantization, and what computes with quantized tensors, in operators that ONNX has.</summary>
internal static class ExportQuantization
{
    /// <summary>Opset from which on 16 bits and blocks can be quantized.</summary>
    private const int Wide = 21;

    /// <summary>True if the step was one of these.</summary>
    public static bool TryExport(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        switch (step.Operator)
        {
            case "QuantizeLinear" or "DequantizeLinear": Quantization(step); return true;
            case "RoundToGrid": RoundToGrid(step); return true;
            case "DynamicQuantizeLinear":
                builder.Node(step.Operator, [step[0]], Enumerable.Range(0, step.Outputs.Count).Select(step.Output));
                return true;
            case "MatMulInteger":
                step.Finish(step.Operator, step.Inputs);
                return true;
            case "QLinearMatMul" when !step.Has(8):
                step.Finish(step.Operator, step.Inputs);
                return true;
            case "QLinearMatMul":
                // ONNX has no bias here.
                string sums = builder.Node("Add", [builder.Node("MatMulInteger", [step[0], step[3], step[2], step[5]]), step[8]]);
                string product = builder.Node("Mul", [builder.Node("Cast", [sums], [OnnxAttribute.Of("to", (long)ElementType.Float32)]), builder.Node("Mul", [step[1], step[4]])]);
                step.Finish("QuantizeLinear", [product, step[6], step[7]]);
                return true;
            case "ConvInteger": Convolution(step, 1); return true;
            case "QLinearConv": Convolution(step, 3); return true;
            case "QLinearAdd" or "QLinearMul":
                string a = builder.Node("DequantizeLinear", [step[0], step[1], step[2]]), b = builder.Node("DequantizeLinear", [step[3], step[4], step[5]]);
                step.Finish("QuantizeLinear", [builder.Node(step.Operator == "QLinearAdd" ? "Add" : "Mul", [a, b]), step[6], step[7]]);
                return true;
            case "QLinearGlobalAveragePool":
                string mean = builder.Node("GlobalAveragePool", [builder.Node("DequantizeLinear", [step[0], step[1], step[2]])]);
                step.Finish("QuantizeLinear", [mean, step[3], step[4]]);
                return true;
            default:
                return false;
        }
    }

    private static void Quantization(ExportStep step)
    {
        var attributes = new List<OnnxAttribute> { step.Int("axis", 1) };
        attributes.AddRange(ExportElements.Narrowing(step));
        ElementType type = step.Outputs[0].Type;
        if (step.Attributes.Int("block_size", 0) != 0) attributes.Add(step.Int("block_size", 0));
        if (step.Operator == "QuantizeLinear" && !step.Has(2)) attributes.Add(OnnxAttribute.Of("output_dtype", (long)type));
        // Before, there were no blocks, no types but those of zero points, and none of 16 bits.
        step.Builder.Require(Wide);
        step.Finish(step.Operator, step.Inputs, [.. attributes]);
    }

    private static void RoundToGrid(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        float low = step.Attributes.Float("low", -128f), high = step.Attributes.Float("high", 127f);
        ElementType type = (high - low) switch
        {
            byte.MaxValue => ElementType.UInt8,
            ushort.MaxValue => ElementType.UInt16,
            _ => throw new FormatException(FormattableString.Invariant($"it has {high - low + 1} levels")),
        };
        if (type == ElementType.UInt16) builder.Require(Wide);
        string scale = builder.Scalar(step.Attributes.Float("scale", 1f));
        string zero = builder.Node("Cast", [builder.Node("Squeeze", [builder.Integers((long)-low)])], [OnnxAttribute.Of("to", (long)type)]);
        step.Finish("DequantizeLinear", [builder.Node("QuantizeLinear", [step[0], scale, zero]), scale, zero]);
    }

    private static void Convolution(ExportStep step, int weight)
    {
        string?[] inputs = [.. step.Inputs];
        if (step.Shape(weight) is { Count: 3 } shape) inputs[weight] = step.Builder.Node("Reshape", [step[weight], step.Builder.Vector([shape[0], shape[1], Dimension.One, shape[2]])]);
        step.Finish(step.Operator, inputs, step.Ints("strides", 1, 1), step.Ints("pads", 0, 0, 0, 0), step.Ints("dilations", 1, 1), step.Int("group", 1));
    }
}
