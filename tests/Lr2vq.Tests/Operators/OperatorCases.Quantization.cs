using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Quantization, and what computes with quantized tensors: integers are equal.</summary>
internal static partial class OperatorCases
{
    private static void AddQuantization(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["QuantizeLinear"] = draw => Quantize(draw, draw.Shape(0, 4), [], null);
        cases["QuantizeLinear of an axis"] = draw => QuantizeAxis(draw, block: false);
        cases["QuantizeLinear of blocks"] = draw => QuantizeAxis(draw, block: true);
        cases["DequantizeLinear"] = draw => Dequantize(draw, draw.Shape(0, 4), [], null);
        cases["DequantizeLinear of an axis"] = draw => DequantizeAxis(draw, block: false);
        cases["DequantizeLinear of blocks"] = draw => DequantizeAxis(draw, block: true);
        cases["QuantizeLinear to 4 bits"] = draw => Quantize(draw, draw.Shape(0, 4), [], null, ElementType.UInt4, ElementType.Int4);
        cases["QuantizeLinear to 4 bits of blocks"] = draw => QuantizeAxis(draw, block: true, ElementType.UInt4, ElementType.Int4);
        cases["QuantizeLinear to floats of 8 bits"] = draw => Quantize(draw, draw.Shape(0, 4), [], null, s_narrowFloats);
        cases["QuantizeLinear to floats of 8 bits of an axis"] = draw => QuantizeAxis(draw, block: false, s_narrowFloats);
        cases["DequantizeLinear of 4 bits"] = draw => Dequantize(draw, draw.Shape(0, 4), [], null, ElementType.UInt4, ElementType.Int4);
        cases["DequantizeLinear of 4 bits of an axis"] = draw => DequantizeAxis(draw, block: false, ElementType.UInt4, ElementType.Int4);
        cases["DequantizeLinear of 4 bits of blocks"] = draw => DequantizeAxis(draw, block: true, ElementType.UInt4, ElementType.Int4);
        cases["DequantizeLinear of floats of 8 bits"] = draw => Dequantize(draw, draw.Shape(0, 4), [], null, s_narrowFloats);
        cases["DequantizeLinear of floats of 8 bits of an axis"] = draw => DequantizeAxis(draw, block: false, s_narrowFloats);
        cases["RoundToGrid"] = draw =>
        {
            HostTensor x = draw.Floats(draw.Shape(4));
            float scale = draw.Pick(0.125f, 0.031f);
            ElementType type = draw.Pick(ElementType.UInt8, ElementType.Int8, ElementType.Int16);
            int zero = draw.Int(type == ElementType.UInt8 ? 0 : -50, 100), low = type switch { ElementType.UInt8 => 0, ElementType.Int8 => -128, _ => -32768 }, high = low + (type == ElementType.Int16 ? 65535 : 255);
            return new("RoundToGrid", 21, ("x", x), ("scale", HostTensor.Scalar(scale)), ("zero", Integers(draw, type, zero, zero)))
            {
                Nodes = model => model.Node("QuantizeLinear", ["x", "scale", "zero"], ["q"]).Node("DequantizeLinear", ["q", "scale", "zero"], ["out0"]),
                Constants = ["scale", "zero"], CanBeBlocked = true, Tolerance = Tolerance.Exact,
                PlanAttributes = $"scale={OperatorCase.Float(scale)} low={OperatorCase.Float(low - zero)} high={OperatorCase.Float(high - zero)}",
            };
        };
        cases["DynamicQuantizeLinear"] = draw => new("DynamicQuantizeLinear", 11, ("x", draw.Pick(draw.Floats(draw.Shape(0, 4)), draw.Floats(1, 5, draw.Shape(1, 3)), draw.Floats(-7, -2, draw.Shape(1, 3)), draw.Floats(0, 0, 7))))
        {
            Outputs = 3, Tolerance = Tolerance.Exact,
        };
        cases["MatMulInteger"] = draw =>
        {
            (HostTensor a, HostTensor b) = Matrices(draw, vectors: false);
            return new("MatMulInteger", 10, ("a", a), ("b", b), ("za", draw.Chance(0.7) ? AnyInteger(draw, a.Type) : null), ("zb", draw.Chance(0.7) ? AnyInteger(draw, b.Type, b.Shape.Length > 2 || draw.Chance() ? [] : [b.Shape[^1]]) : null))
            {
                Constants = draw.Chance() ? ["b", "zb"] : [], PlanInputs = ["a", "b", "za", "zb"], Tolerance = Tolerance.Exact,
            };
        };
        cases["MatMulInteger of vectors"] = draw =>
        {
            (HostTensor a, HostTensor b) = Matrices(draw, vectors: true);
            return new("MatMulInteger", 10, ("a", a), ("b", b), ("za", AnyInteger(draw, a.Type))) { RunsAlone = false, Tolerance = Tolerance.Exact };
        };
        cases["QLinearMatMul"] = draw =>
        {
            (HostTensor a, HostTensor b) = Matrices(draw, vectors: false);
            int[] places = b.Shape.Length > 2 || draw.Chance() ? [] : [b.Shape[^1]];
            return new("QLinearMatMul", 10, ("a", a), ("sa", Scale(draw)), ("za", AnyInteger(draw, a.Type)), ("b", b), ("sb", draw.Floats(0.01f, 0.05f, places)), ("zb", AnyInteger(draw, b.Type, places)),
                ("sy", HostTensor.Scalar(draw.Float(0.05f, 0.3f))), ("zy", AnyInteger(draw, a.Type)))
            {
                Constants = draw.Chance() ? ["b", "sb", "zb", "sy", "zy"] : [], PlanInputs = ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"], Tolerance = Tolerance.Exact,
            };
        };
        cases["ConvInteger"] = draw => IntegerConv(draw, "ConvInteger", 2);
        cases["ConvInteger of one axis"] = draw => IntegerConv(draw, "ConvInteger", 1);
        cases["QLinearConv"] = draw => IntegerConv(draw, "QLinearConv", 2);
        cases["QLinearConv of one axis"] = draw => IntegerConv(draw, "QLinearConv", 1);
        cases["MaxPool of bytes"] = draw =>
        {
            OperatorCase pool = Pool(draw, "MaxPool", 2, indices: false);
            return pool with { Inputs = [("x", AnyInteger(draw, draw.Pick(ElementType.UInt8, ElementType.Int8), pool.Inputs[0].Value!.Shape))], Tolerance = Tolerance.Exact };
        };
        foreach (string op in new[] { "QLinearAdd", "QLinearMul" }) cases[op] = draw => QuantizedBinary(draw, op);
        cases["QLinearGlobalAveragePool"] = draw => QuantizedUnary(draw, "QLinearGlobalAveragePool", ElementType.UInt8, draw.Shape(3, 4), 0.2f) with { RunsAlone = true };
        cases["QLinearAveragePool"] = draw =>
        {
            OperatorCase pool = Pool(draw, "AveragePool", 2, indices: false);
            OperatorCase quantized = QuantizedUnary(draw, "QLinearAveragePool", draw.Pick(ElementType.UInt8, ElementType.Int8), pool.Inputs[0].Value!.Shape, 0.2f);
            // Together they are refused.
            bool both = pool.Attributes.Contains(("ceil_mode", 1)) && pool.Attributes.Contains(("count_include_pad", 1));
            return quantized with { Attributes = [.. pool.Attributes.Where(a => !both || a.Name != "ceil_mode")] };
        };
        cases["QLinearSigmoid"] = draw => QuantizedUnary(draw, "QLinearSigmoid", draw.Pick(ElementType.UInt8, ElementType.Int8), draw.Shape(1, 4), 1 / 256f);
        cases["QLinearLeakyRelu"] = draw => QuantizedUnary(draw, "QLinearLeakyRelu", draw.Pick(ElementType.UInt8, ElementType.Int8), draw.Shape(1, 4), 0.03f) with { Attributes = [("alpha", draw.Float(0.05f, 0.3f))] };
        cases["QLinearWhere"] = draw =>
        {
            ElementType type = draw.Pick(ElementType.UInt8, ElementType.Int8);
            int[] shape = draw.Shape(1, 4);
            return new("QLinearWhere", 13, ("condition", draw.Bools(shape)), ("a", AnyInteger(draw, type, draw.BroadcastTo(shape))), ("sa", Scale(draw)), ("za", AnyInteger(draw, type)),
                ("b", AnyInteger(draw, type, shape)), ("sb", Scale(draw)), ("zb", AnyInteger(draw, type)), ("sy", Scale(draw)), ("zy", AnyInteger(draw, type)))
            {
                Domain = MicrosoftDomain, Constants = ["sa", "za", "sb", "zb", "sy", "zy"], RunsAlone = false, Tolerance = Tolerance.Exact,
            };
        };
        cases["QAttention"] = QuantizedAttention;
        cases["MatMulNBits"] = draw =>
        {
            int bits = draw.Pick(4, 4, 8), block = draw.Pick(16, 32), k = draw.Int(1, 90), n = draw.Int(1, 40), blocks = (k + block - 1) / block;
            return new("MatMulNBits", 13, ("a", draw.Floats([.. draw.Shape(1, 2), k])), ("b", Integers(draw, ElementType.UInt8, 0, 255, n, blocks, block * bits / 8)), ("s", Scale(draw, n * blocks)),
                ("z", draw.Chance() ? Integers(draw, ElementType.UInt8, 0, 255, n * ((blocks * bits + 7) / 8)) : null))
            {
                Domain = MicrosoftDomain, Attributes = [("K", k), ("N", n), ("bits", bits), ("block_size", block)], Constants = ["b", "s", "z"], RunsAlone = false, Tolerance = Sums,
            };
        };
        cases["QLinearConcat"] = QuantizedConcat;
        foreach (bool dynamic in new[] { false, true })
            cases[dynamic ? "DynamicQuantizeMatMul" : "MatMulIntegerToFloat"] = draw => FloatProduct(draw, dynamic);
        cases["QGemm"] = QuantizedGemm;
    }

    private static OperatorCase QuantizedBinary(Draw draw, string op)
    {
        ElementType type = draw.Pick(ElementType.UInt8, ElementType.Int8);
        int[] shape = draw.Shape(1, 4);
        bool swap = draw.Chance();
        HostTensor large = AnyInteger(draw, type, shape), small = AnyInteger(draw, type, draw.Chance() ? shape : draw.BroadcastTo(shape));
        // Powers of two: many halves.
        bool halves = draw.Chance();
        HostTensor One(float low, float high) => HostTensor.Scalar(halves ? draw.Pick(0.0625f, 0.125f) : draw.Float(low, high));
        return new(op, 13, ("a", swap ? small : large), ("sa", One(0.01f, 0.05f)), ("za", AnyInteger(draw, type)), ("b", swap ? large : small), ("sb", One(0.01f, 0.05f)), ("zb", AnyInteger(draw, type)),
            ("sy", One(0.02f, 0.08f)), ("zy", AnyInteger(draw, type)))
        {
            Domain = MicrosoftDomain, Tolerance = Tolerance.Exact,
        };
    }

    private static OperatorCase QuantizedUnary(Draw draw, string op, ElementType type, int[] shape, float scale) =>
        new(op, 13, ("x", AnyInteger(draw, type, shape)), ("sx", Scale(draw)), ("zx", AnyInteger(draw, type)), ("sy", HostTensor.Scalar(scale * draw.Float(0.5f, 1f))), ("zy", AnyInteger(draw, type)))
        {
            Domain = MicrosoftDomain, RunsAlone = false, Tolerance = Tolerance.Exact,
        };

    private static OperatorCase QuantizedAttention(Draw draw)
    {
        int images = draw.Int(1, 3), positions = draw.Int(2, 9), heads = draw.Int(1, 3), length = draw.Int(1, 8), inner = draw.Int(1, 20), columns = 3 * heads * length;
        ElementType type = ElementType.UInt8, of = draw.Pick(ElementType.UInt8, ElementType.Int8);
        // ONNX Runtime wants zero points for each column where it has scales for each.
        int[] places = draw.Chance() ? [] : [columns];
        return new("QAttention", 13, ("x", AnyInteger(draw, type, images, positions, inner)), ("w", AnyInteger(draw, of, inner, columns)), ("b", draw.Floats(columns)), ("sx", Scale(draw)), ("sw", Scale(draw, places)),
            ("mask", draw.Chance() ? Integers(draw, ElementType.Int32, 1, positions, images) : null), ("zx", AnyInteger(draw, type)), ("zw", AnyInteger(draw, of, places)))
        {
            Domain = MicrosoftDomain, Attributes = [("num_heads", (long)heads), ("unidirectional", (long)draw.Int(0, 1))], Constants = draw.Chance() ? ["w", "b", "sw", "zw"] : ["w"], RunsAlone = false,
            Tolerance = Tolerance.OfLargest(1e-5),
        };
    }

    private static OperatorCase QuantizedConcat(Draw draw)
    {
        ElementType type = draw.Pick(ElementType.UInt8, ElementType.Int8);
        int[] shape = draw.Shape(1, 4);
        int axis = draw.Int(0, shape.Length - 1), count = draw.Int(1, 3);
        List<(string, HostTensor?)> inputs = [("sy", Scale(draw)), ("zy", AnyInteger(draw, type))];
        for (int i = 0; i < count; i++)
        {
            int[] part = [.. shape];
            part[axis] = draw.Int(1, 9);
            inputs.AddRange([($"x{i}", AnyInteger(draw, type, part)), ($"s{i}", Scale(draw)), ($"z{i}", AnyInteger(draw, type))]);
        }
        return new("QLinearConcat", 13, [.. inputs])
        {
            // ONNX Runtime wants the parameters to be constants.
            Domain = MicrosoftDomain, Attributes = [("axis", axis)], Constants = [.. inputs.Select(i => i.Item1).Where(name => name[0] != 'x')], RunsAlone = false, Tolerance = Tolerance.Exact,
        };
    }

    private static OperatorCase FloatProduct(Draw draw, bool dynamic)
    {
        (HostTensor a, HostTensor b) = Matrices(draw, vectors: false);
        int[] places = b.Shape.Length > 2 || draw.Chance() ? [] : [b.Shape[^1]];
        HostTensor? zeroB = draw.Chance() ? AnyInteger(draw, b.Type, places) : null, bias = draw.Chance() ? draw.Floats(b.Shape[^1]) : null;
        (string, HostTensor?)[] inputs = dynamic
            ? [("a", draw.Floats(a.Shape)), ("b", b), ("sb", Scale(draw, places)), ("zb", zeroB), ("c", bias)]
            : [("a", a), ("b", b), ("sa", Scale(draw)), ("sb", Scale(draw, places)), ("za", draw.Chance() ? AnyInteger(draw, a.Type) : null), ("zb", zeroB), ("c", bias)];
        return new(dynamic ? "DynamicQuantizeMatMul" : "MatMulIntegerToFloat", 13, inputs)
        {
            Domain = MicrosoftDomain, Constants = draw.Chance() ? ["b", "sb", "zb"] : [], RunsAlone = false,
        };
    }

    private static OperatorCase QuantizedGemm(Draw draw)
    {
        int m = draw.Int(1, 20), k = draw.Int(1, 70), n = draw.Int(1, 70), transA = draw.Int(0, 1), transB = draw.Int(0, 1);
        ElementType type = draw.Pick(ElementType.UInt8, ElementType.Int8), of = type == ElementType.Int8 ? type : draw.Pick(ElementType.UInt8, ElementType.Int8);
        int[] places = draw.Chance() ? [] : [n];
        bool quantized = draw.Chance();
        return new("QGemm", 13, ("a", AnyInteger(draw, type, transA == 1 ? [k, m] : [m, k])), ("sa", Scale(draw)), ("za", AnyInteger(draw, type)), ("b", AnyInteger(draw, of, transB == 1 ? [n, k] : [k, n])),
            ("sb", Scale(draw, places)), ("zb", AnyInteger(draw, of, places)), ("c", draw.Chance() ? Integers(draw, ElementType.Int32, -20000, 20000, n) : null),
            ("sy", quantized ? HostTensor.Scalar(draw.Float(0.05f, 0.3f)) : null), ("zy", quantized ? AnyInteger(draw, type) : null))
        {
            Domain = MicrosoftDomain, Attributes = [("transA", transA), ("transB", transB), ("alpha", draw.Pick(1f, 0.5f))], Constants = draw.Chance() ? ["b", "sb", "zb"] : [], RunsAlone = false,
        };
    }

    /// <summary>Integers within a type's range.</summary>
    private static HostTensor Integers(Draw draw, ElementType type, int low, int high, params int[] shape)
    {
        long[] values = draw.Longs(low, high, shape).Values<long>().ToArray();
        return type switch
        {
            ElementType.UInt8 => HostTensor.Of(Array.ConvertAll(values, v => (byte)v), shape),
            ElementType.Int8 => HostTensor.Of(Array.ConvertAll(values, v => (sbyte)v), shape),
            ElementType.UInt16 => HostTensor.Of(Array.ConvertAll(values, v => (ushort)v), shape),
            ElementType.Int16 => HostTensor.Of(Array.ConvertAll(values, v => (short)v), shape),
            ElementType.UInt4 or ElementType.Int4 => new HostTensor(type, shape, Array.ConvertAll(values, v => (byte)v)),
            _ when s_narrowFloats.Contains(type) => new HostTensor(type, shape, Array.ConvertAll(values, v => (byte)v)),
            _ => HostTensor.Of(Array.ConvertAll(values, v => (int)v), shape),
        };
    }

    /// <summary>Every value of a type, or of i32 a range that floats hold; of floats of 8 bits every finite one but -0, which two types have as NaN.</summary>
    private static HostTensor AnyInteger(Draw draw, ElementType type, params int[] shape) => type switch
    {
        ElementType.UInt8 => Integers(draw, type, 0, 255, shape),
        ElementType.Int8 => Integers(draw, type, -128, 127, shape),
        ElementType.UInt16 => Integers(draw, type, 0, 65535, shape),
        ElementType.Int16 => Integers(draw, type, -32768, 32767, shape),
        ElementType.UInt4 => Integers(draw, type, 0, 15, shape),
        ElementType.Int4 => Integers(draw, type, -8, 7, shape),
        _ when s_narrowFloats.Contains(type) => Integers(draw, type, 0, 0x7B, shape) is var x && draw.Chance() ? x : Integers(draw, type, 0x81, 0xFB, shape),
        _ => Integers(draw, type, -1000000, 1000000, shape),
    };

    private static HostTensor Scale(Draw draw, params int[] shape) => draw.Floats(0.01f, 0.05f, shape);

    private static readonly ElementType[] s_narrowFloats = [ElementType.Float8E4M3FN, ElementType.Float8E4M3FNUZ, ElementType.Float8E5M2, ElementType.Float8E5M2FNUZ];

    private static OperatorCase Quantize(Draw draw, int[] shape, int[] scales, (int Axis, int Block)? where, params ElementType[] types)
    {
        ElementType type = draw.Pick(types.Length > 0 ? types : [ElementType.UInt8, ElementType.Int8, ElementType.UInt16, ElementType.Int16]);
        // Multiples of half a power of two: many halves. Some are beyond what the type holds.
        bool halves = draw.Chance();
        HostTensor x = draw.Floats(-6, 6, shape), scale = halves ? HostTensor.Of(Enumerable.Repeat(0.03125f, scales.Aggregate(1, (n, d) => n * d)).ToArray(), scales) : Scale(draw, scales);
        if (halves) x = HostTensor.Of(Array.ConvertAll(x.Values<float>().ToArray(), v => MathF.Round(v * 64) / 64), shape);
        bool zero = type != ElementType.UInt8 || draw.Chance();
        List<(string, object)> attributes = [];
        if (where is { } place) attributes.Add(("axis", place.Axis));
        if (where is { Block: > 0 } blocks) attributes.Add(("block_size", blocks.Block));
        if (types.Length > 0) return QuantizeNarrow(draw, type, x, scale, attributes);
        return new("QuantizeLinear", 21, ("x", x), ("scale", scale), ("zero", zero ? AnyInteger(draw, type, scales) : null))
        {
            Attributes = [.. attributes], Constants = draw.Chance() ? ["scale", "zero"] : [], PlanInputs = ["x", "scale", "zero"], Tolerance = Tolerance.Exact,
        };
    }

    /// <summary>To a type that ONNX Runtime's package does not give to .NET: a cast makes floats of it.</summary>
    private static OperatorCase QuantizeNarrow(Draw draw, ElementType type, HostTensor x, HostTensor scale, List<(string, object)> attributes)
    {
        bool isFloat = s_narrowFloats.Contains(type);
        // Some are too large.
        if (isFloat) x = draw.Floats(-3000, 3000, x.Shape);
        if (isFloat) attributes.Add(("saturate", draw.Int(0, 1)));
        HostTensor zero = isFloat ? new HostTensor(type, scale.Shape, new byte[scale.Length]) : AnyInteger(draw, type, scale.Shape);
        return new("QuantizeLinear", 21, ("x", x), ("scale", scale), ("zero", zero))
        {
            Nodes = model => model.Node("QuantizeLinear", ["x", "scale", "zero"], ["q"], [.. attributes]).Node("Cast", ["q"], ["out0"], ("to", (int)ElementType.Float32)),
            Constants = draw.Chance() ? ["scale", "zero"] : ["zero"], RunsAlone = false, Tolerance = Tolerance.Exact,
        };
    }

    private static OperatorCase QuantizeAxis(Draw draw, bool block, params ElementType[] types)
    {
        (int[] shape, int[] scales, int axis, int size) = Places(draw, block);
        return Quantize(draw, shape, scales, (axis, size), types);
    }

    private static OperatorCase Dequantize(Draw draw, int[] shape, int[] scales, (int Axis, int Block)? where, params ElementType[] types)
    {
        ElementType type = draw.Pick(types.Length > 0 ? types : [ElementType.UInt8, ElementType.Int8, ElementType.UInt16, ElementType.Int16, ElementType.Int32]);
        List<(string, object)> attributes = [];
        if (where is { } place) attributes.Add(("axis", place.Axis));
        if (where is { Block: > 0 } blocks) attributes.Add(("block_size", blocks.Block));
        return new("DequantizeLinear", 21, ("x", AnyInteger(draw, type, shape)), ("scale", Scale(draw, scales)), ("zero", type != ElementType.Int32 && !s_narrowFloats.Contains(type) && draw.Chance() ? AnyInteger(draw, type, scales) : null))
        {
            // ONNX Runtime's package takes no narrow types from .NET.
            Attributes = [.. attributes], Constants = types.Length > 0 ? ["x", "zero"] : draw.Chance() ? ["scale", "zero"] : [], PlanInputs = ["x", "scale", "zero"], Tolerance = Tolerance.Exact,
        };
    }

    private static OperatorCase DequantizeAxis(Draw draw, bool block, params ElementType[] types)
    {
        (int[] shape, int[] scales, int axis, int size) = Places(draw, block);
        return Dequantize(draw, shape, scales, (axis, size), types);
    }

    private static (int[] Shape, int[] Scales, int Axis, int Block) Places(Draw draw, bool block)
    {
        int[] shape = draw.Shape(1, 4);
        int axis = draw.Int(0, shape.Length - 1), size = block ? draw.Int(1, 4) : 0;
        // Several blocks: one would be one scale.
        shape[axis] = draw.Int(size + 2, 20);
        int[] scales = block ? [.. shape] : [shape[axis]];
        if (block) scales[axis] = (shape[axis] + size - 1) / size;
        return (shape, scales, axis, size);
    }

    private static (HostTensor A, HostTensor B) Matrices(Draw draw, bool vectors)
    {
        int m = draw.Int(1, 40), k = draw.Int(1, 70), n = draw.Int(1, 80);
        int[] batch = draw.Chance() ? [] : draw.Shape(1, 2);
        for (int d = 0; d < batch.Length; d++) batch[d] = Math.Min(batch[d], 3);
        int[] left = vectors && draw.Chance() ? [k] : [.. batch, m, k], right = vectors ? [k] : draw.Chance() ? [k, n] : [.. batch, k, n];
        // i8 by u8 is what ONNX Runtime lacks.
        ElementType a = draw.Pick(ElementType.UInt8, ElementType.Int8), b = a == ElementType.Int8 ? ElementType.Int8 : draw.Pick(ElementType.UInt8, ElementType.Int8);
        return (AnyInteger(draw, a, left), AnyInteger(draw, b, right));
    }

    private static OperatorCase IntegerConv(Draw draw, string op, int axes)
    {
        bool quantized = op == "QLinearConv", depthwise = draw.Chance(0.3);
        int groups = depthwise ? draw.Pick(3, 8, 17) : draw.Pick(1, 1, 2, 3), inputs = depthwise ? 1 : draw.Pick(1, 3, 16, 17), outputs = depthwise ? 1 : draw.Pick(1, 4, 16, 35);
        int[] kernel = Repeat(axes, () => draw.Pick(1, 1, 2, 3, 3, 5)), dilations = Repeat(axes, () => draw.Pick(1, 1, 1, 2)), strides = Repeat(axes, () => draw.Pick(1, 1, 2, 3));
        int[] size = [.. kernel.Select((k, i) => Math.Max(1, (k - 1) * dilations[i] + 1 + draw.Int(0, 12)))];
        List<(string, object)> attributes = [("group", groups), ("strides", Longs(strides)), ("dilations", Longs(dilations))];
        if (axes == 2 || draw.Chance(0.8)) attributes.Add(("pads", Longs(Repeat(2 * axes, () => draw.Int(0, 2)))));
        else attributes.Add(("auto_pad", dilations.All(d => d == 1) ? draw.Pick("SAME_UPPER", "SAME_LOWER", "VALID") : "VALID"));
        ElementType type = quantized ? draw.Pick(ElementType.UInt8, ElementType.Int8) : ElementType.UInt8, of = type == ElementType.Int8 ? ElementType.Int8 : draw.Pick(ElementType.UInt8, ElementType.Int8);
        int channels = groups * outputs;
        HostTensor x = AnyInteger(draw, type, [draw.Int(1, 2), groups * inputs, .. size]), weight = AnyInteger(draw, of, [channels, inputs, .. kernel]);
        if (!quantized)
            return new(op, 10, ("x", x), ("w", weight), ("zx", draw.Chance(0.7) ? AnyInteger(draw, type) : null), ("zw", draw.Chance() ? AnyInteger(draw, of) : null))
            {
                Attributes = [.. attributes], Constants = ["w"], PlanInputs = ["x", "w", "zx", "zw"], RunsAlone = axes == 2, Tolerance = Tolerance.Exact,
            };
        int[] places = draw.Chance() ? [] : [channels];
        // ONNX Runtime wants one zero point for the weights of all channels.
        HostTensor zero = AnyInteger(draw, of);
        return new(op, 10, ("x", x), ("sx", Scale(draw)), ("zx", AnyInteger(draw, type)), ("w", weight), ("sw", Scale(draw, places)), ("zw", zero), ("sy", HostTensor.Scalar(draw.Float(0.05f, 0.3f))),
            ("zy", AnyInteger(draw, type)), ("b", draw.Chance() ? Integers(draw, ElementType.Int32, -20000, 20000, channels) : null))
        {
            Attributes = [.. attributes], Constants = ["w", "b"], PlanInputs = ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"], RunsAlone = axes == 2, Tolerance = Tolerance.Exact,
        };
    }
}
