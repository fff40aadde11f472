using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using NodeAttribute = Lr2vq.Onnx.OnnxAttribute;
using ModelTensor = Lr2vq.Onnx.OnnxTensor;

namespace Lr2vq.Testing;

/// <summary>How an int8 form of a network is written.</summary>
/// <param name="Operators">Operators of integers, where else there are pairs of QuantizeLinear and DequantizeLinear.</param>
/// <param name="PerChannel">A scale for each output channel of a weight, not one.</param>
/// <param name="ShowIntegers">Every quantized activation is an output too.</param>
/// <param name="QuantizedOutputs">The outputs are rounded too, and their integers are outputs behind them.</param>
/// <param name="Weights">What weights are rounded to.</param>
internal sealed record QuantizedForm(bool Operators = false, bool PerChannel = false, bool ShowIntegers = false, bool QuantizedOutputs = false, QuantizedWeights Weights = QuantizedWeights.Signed);

/// <summary>What weights are rounded to.</summary>
internal enum QuantizedWeights
{
    /// <summary>s8 from −127 to 127, no zero point.</summary>
    Signed,

    /// <summary>s8 from −64 to 64: sums of two products fit 16 bits.</summary>
    Reduced,

    /// <summary>u8 from the smallest to the largest weight, with a zero point.</summary>
    Unsigned,

    /// <summary>s4 from −7 to 7, as opset 21 has them.</summary>
    FourBits,
}

/// <summary>The static int8 form of a network for ONNX Runtime: pairs of QuantizeLinear and DequantizeLinear around u8 activations (a scale and
/// a zero point for each tensor, from a calibration run) and s8 symmetric weights. ONNX Runtime fuses it to integer operators.</summary>
internal sealed partial class QuantizedModel
{
    private const int CalibrationInputs = 4;

    /// <summary>Operators that work on u8 values without changing their scale.</summary>
    private static readonly string[] s_keepScale = ["MaxPool", "Flatten", "Reshape"];

    /// <summary>Operators that the range of u8 does: of what is behind them it holds no more than they let through.</summary>
    private static readonly string[] s_limits = ["Relu", "Clip"];

    private static readonly string[] s_weighted = ["Conv", "Gemm"];

    private readonly OnnxModel _model;
    private readonly Dictionary<string, ModelTensor> _constants;
    private readonly Dictionary<string, (float Scale, byte ZeroPoint)> _parameters = [];
    private readonly List<OnnxNode> _nodes = [];

    private readonly QuantizedForm _form;

    private QuantizedModel(OnnxModel model, QuantizedForm form)
    {
        (_model, _form) = (model, form);
        _constants = model.Graph.Initializers.ToDictionary(i => i.Name);
    }

    /// <summary>Writes the int8 form of a model with one input.</summary>
    /// <param name="path">The model.</param>
    /// <param name="target">Where its int8 form goes.</param>
    /// <param name="input">The input.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="form">How it is written.</param>
    /// <param name="samples">What ranges are taken from; by default a drawing and noise.</param>
    public static void Write(string path, string target, string input, int[] shape, QuantizedForm? form = null, IEnumerable<HostTensor>? samples = null)
    {
        form ??= new QuantizedForm();
        // BatchNormalization goes into the convolutions before anything is rounded, as quantization tools do it.
        string folded = target + ".folded.onnx", calibration = target + ".calibration.onnx";
        try
        {
            OrtOracle.SaveOptimized(path, folded, basicOnly: true);
            Dictionary<string, (float Low, float High)> ranges = Ranges(folded, calibration, input, samples ?? Enumerable.Range(0, CalibrationInputs).Select(i => i == 0 ? StrokePicture.Of(shape) : Noise(shape, i)));
            using OnnxModel model = Open(folded);
            var quantized = new QuantizedModel(model, form);
            if (form.Operators) quantized.ToOperators(ranges);
            else quantized.ToPairs(ranges);
            quantized.Finish();
            OnnxWriter.Write(model, target);
        }
        finally
        {
            File.Delete(folded);
            File.Delete(calibration);
        }
    }

    /// <summary>How often ONNX Runtime executes each operator of a model, once it has optimized it.</summary>
    public static SortedDictionary<string, int> ExecutedOperators(string path)
    {
        string optimized = path + ".optimized.onnx";
        try
        {
            OrtOracle.SaveOptimized(path, optimized, basicOnly: false);
            using OnnxModel model = Open(optimized);
            return new(model.Graph.Nodes.GroupBy(n => n.OpType).ToDictionary(g => g.Key, g => g.Count()));
        }
        finally
        {
            File.Delete(optimized);
        }
    }

    private static OnnxModel Open(string path)
    {
        var bag = new DiagnosticBag();
        OnnxModel? model = OnnxFile.Open(path, bag);
        bag.ThrowIfErrors();
        return model!;
    }

    /// <summary>Smallest and largest value of every activation over some inputs.</summary>
    private static Dictionary<string, (float Low, float High)> Ranges(string folded, string calibration, string input, IEnumerable<HostTensor> samples)
    {
        string[] names;
        using (OnnxModel model = Open(folded))
        {
            names = [.. model.Graph.Nodes.SelectMany(n => n.Outputs).Where(o => o.Length > 0)];
            IEnumerable<string> hidden = names.Except(model.Graph.Outputs.Select(o => o.Name));
            foreach (string name in hidden.ToList()) model.Graph.Outputs.Add(new OnnxValueInfo(name, ElementType.Float32, null));
            OnnxWriter.Write(model, calibration);
        }
        var ranges = new Dictionary<string, (float Low, float High)>();
        using var oracle = new OrtOracle(calibration, optimize: false);
        foreach (HostTensor picture in samples)
        {
            HostTensor[] values = oracle.Run((input, picture));
            Widen(input, picture);
            for (int o = 0; o < values.Length; o++) Widen(oracle.OutputNames[o], values[o]);
        }
        return ranges;

        void Widen(string name, HostTensor values)
        {
            // Zero is always inside, so that padding is exact.
            (float low, float high) = ranges.GetValueOrDefault(name);
            foreach (float value in MemoryMarshal.Cast<byte, float>(values.Bytes)) (low, high) = (Math.Min(low, value), Math.Max(high, value));
            ranges[name] = (low, high);
        }
    }

    private static HostTensor Noise(int[] shape, int seed)
    {
        var random = new Random(seed);
        return HostTensor.Of(Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() * 4 - 2).ToArray(), shape);
    }

    private void ToPairs(Dictionary<string, (float Low, float High)> ranges)
    {
        OnnxGraph graph = _model.Graph;
        var readers = graph.Nodes.SelectMany(n => n.Inputs.Select(i => (Input: i, Reader: n))).ToLookup(r => r.Input, r => r.Reader.OpType);
        var outputs = graph.Outputs.Select(o => o.Name).ToHashSet();
        var renamed = new Dictionary<string, string>();
        foreach (OnnxValueInfo input in graph.TrueInputs()) renamed[input.Name] = Pair(input.Name, Parameters(ranges[input.Name]));
        foreach (OnnxNode node in graph.Nodes)
        {
            string source = node.Inputs[0], result = node.Outputs[0];
            node.Inputs = [.. node.Inputs.Select(i => renamed.GetValueOrDefault(i, i))];
            if (s_weighted.Contains(node.OpType)) Weights(node, _parameters[source].Scale);
            _nodes.Add(node);
            // Between a convolution or sum and its Relu nothing is rounded: the zero point of u8 is the Relu.
            bool joined = readers[result].Any() && readers[result].All(s_limits.Contains), isOutput = outputs.Contains(result);
            if (joined || (isOutput && !_form.QuantizedOutputs)) continue;
            if (isOutput) node.Outputs[0] = result + ".float";
            renamed[result] = Pair(result, s_keepScale.Contains(node.OpType) ? _parameters[source] : Parameters(ranges[result]), node.Outputs[0]);
            if (isOutput) _nodes[^1].Outputs[0] = result;
        }
    }

    private void Finish()
    {
        OnnxGraph graph = _model.Graph;
        graph.Nodes = _nodes;
        IEnumerable<string> shown = _form.ShowIntegers ? _parameters.Keys.Order(StringComparer.Ordinal) : _form.QuantizedOutputs ? graph.Outputs.Select(output => output.Name) : [];
        graph.Outputs.AddRange(shown.Select(name => new OnnxValueInfo(name + ".u8", ElementType.UInt8, null)).ToArray());
        if (_form.Weights == QuantizedWeights.FourBits) _model.OpsetImports[""] = 21;
        graph.Initializers.Clear();
        var used = _nodes.SelectMany(n => n.Inputs).ToHashSet();
        graph.Initializers.AddRange(_constants.Values.Where(c => used.Contains(c.Name)).OrderBy(c => c.Name, StringComparer.Ordinal));
    }

    private static (float Scale, byte ZeroPoint) Parameters((float Low, float High) range)
    {
        float scale = Math.Max((range.High - range.Low) / 255, 1e-8f);
        return (scale, (byte)Math.Clamp((int)MathF.Round(-range.Low / scale), 0, 255));
    }

    /// <summary>Rounds an activation; returns the name of the rounded one.</summary>
    /// <param name="name">What it is known by.</param>
    /// <param name="parameters">Its scale and zero point.</param>
    /// <param name="floats">What is rounded, if that has another name.</param>
    private string Pair(string name, (float Scale, byte ZeroPoint) parameters, string? floats = null)
    {
        Know(name, parameters);
        Add("QuantizeLinear", [floats ?? name, name + ".scale", name + ".zero"], name + ".u8");
        return Add("DequantizeLinear", [name + ".u8", name + ".scale", name + ".zero"], name + ".rounded");
    }

    /// <summary>Scale and zero point of an activation as constants.</summary>
    private void Know(string name, (float Scale, byte ZeroPoint) parameters)
    {
        _parameters[name] = parameters;
        Constant(ModelTensor.Of(name + ".scale", [], [parameters.Scale]));
        Constant(ModelTensor.Of(name + ".zero", ElementType.UInt8, [], [parameters.ZeroPoint]));
    }

    private void Weights(OnnxNode node, float inputScale)
    {
        (string weight, string? bias) = Integers(node, inputScale);
        node.Inputs[1] = Dequantize(weight);
        if (bias is not null) node.Inputs[2] = Dequantize(bias);
    }

    /// <summary>Weight and bias of a node as constants of integers; with their names go those of scales and zero points.</summary>
    private (string Weight, string? Bias) Integers(OnnxNode node, float inputScale)
    {
        ModelTensor weight = _constants[node.Inputs[1]];
        float[] values = weight.ToFloats();
        int rows = _form.PerChannel ? (int)weight.Dims[0] : 1, columns = values.Length / rows;
        (float Scale, int ZeroPoint)[] grids = [.. Enumerable.Range(0, rows).Select(r => Grid(values.AsSpan(r * columns, columns)))];
        (int type, int low, int high) = _form.Weights switch
        {
            QuantizedWeights.Unsigned => ((int)ElementType.UInt8, 0, 255),
            QuantizedWeights.FourBits => ((int)ElementType.Int4, -7, 7),
            _ => ((int)ElementType.Int8, -127, 127),
        };
        byte[] rounded = [.. values.Select((v, i) => grids[i / columns] is var grid ? unchecked((byte)Math.Clamp((int)MathF.Round(v / grid.Scale) + grid.ZeroPoint, low, high)) : default)];
        float[] scales = [.. grids.Select(grid => grid.Scale)];
        string name = Stored(Integers(weight.Name + ".integers", type, weight.Dims, rounded), scales, Integers(weight.Name + ".integers.zero", type, Places(rows), [.. grids.Select(grid => (byte)grid.ZeroPoint)]));
        if (node.Inputs.Count < 3 || node.Inputs[2].Length == 0) return (name, null);
        ModelTensor bias = _constants[node.Inputs[2]];
        float[] products = Array.ConvertAll(scales, scale => inputScale * scale);
        int[] sums = [.. bias.ToFloats().Select((v, i) => (int)Math.Clamp(Math.Round((double)v / products[i % rows]), int.MinValue, int.MaxValue))];
        return (name, Stored(ModelTensor.Of(bias.Name + ".s32", ElementType.Int32, bias.Dims, MemoryMarshal.AsBytes<int>(sums).ToArray()), products,
            ModelTensor.Of(bias.Name + ".s32.zero", ElementType.Int32, Places(rows), new byte[rows * sizeof(int)])));
    }

    /// <summary>Scale and zero point of weights.</summary>
    private (float Scale, int ZeroPoint) Grid(ReadOnlySpan<float> weights)
    {
        float low = 0, high = 0;
        foreach (float weight in weights) (low, high) = (Math.Min(low, weight), Math.Max(high, weight));
        if (_form.Weights == QuantizedWeights.Unsigned) return Parameters((low, high));
        int levels = _form.Weights switch { QuantizedWeights.Reduced => 64, QuantizedWeights.FourBits => 7, _ => 127 };
        return (Math.Max(Math.Max(-low, high) / levels, 1e-12f), 0);
    }

    private long[] Places(int rows) => _form.PerChannel ? [rows] : [];

    /// <summary>Integers of one byte each, or half a byte, the first in the low one.</summary>
    private static ModelTensor Integers(string name, int type, long[] dims, byte[] values)
    {
        if (type != (int)ElementType.Int4) return ModelTensor.Of(name, (ElementType)type, dims, values);
        byte[] packed = new byte[(values.Length + 1) / 2];
        for (int i = 0; i < values.Length; i++) packed[i / 2] |= (byte)((values[i] & 15) << i % 2 * 4);
        return new ModelTensor(name, type, dims, new MemoryPayload(packed));
    }

    /// <summary>Adds an integer constant, its scales and its zero points.</summary>
    private string Stored(ModelTensor tensor, float[] scales, ModelTensor zeros)
    {
        Constant(tensor);
        Constant(ModelTensor.Of(tensor.Name + ".scale", Places(scales.Length), scales));
        Constant(zeros);
        return tensor.Name;
    }

    private string Dequantize(string constant)
    {
        Add("DequantizeLinear", [constant, constant + ".scale", constant + ".zero"], constant + ".rounded");
        if (_form.PerChannel) _nodes[^1].Attributes.Add(NodeAttribute.Of("axis", 0L));
        return constant + ".rounded";
    }

    private void Constant(ModelTensor tensor) => _constants[tensor.Name] = tensor;

    private string Add(string op, List<string> inputs, string output)
    {
        _nodes.Add(new OnnxNode { Name = output, OpType = op, Inputs = inputs, Outputs = [output] });
        return output;
    }
}
