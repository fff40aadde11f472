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
internal sealed record QuantizedForm(bool Operators = false, bool PerChannel = false, bool ShowIntegers = false);

/// <summary>The static int8 form of a network for ONNX Runtime: pairs of QuantizeLinear and DequantizeLinear around u8 activations (a scale and
/// a zero point for each tensor, from a calibration run) and s8 symmetric weights. ONNX Runtime fuses it to integer operators.</summary>
internal sealed partial class QuantizedModel
{
    private const int CalibrationInputs = 4;

    /// <summary>Operators that work on u8 values without changing their scale.</summary>
    private static readonly string[] s_keepScale = ["MaxPool", "Flatten", "Reshape"];

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
    public static void Write(string path, string target, string input, int[] shape, QuantizedForm? form = null)
    {
        form ??= new QuantizedForm();
        // BatchNormalization goes into the convolutions before anything is rounded, as quantization tools do it.
        string folded = target + ".folded.onnx", calibration = target + ".calibration.onnx";
        try
        {
            OrtOracle.SaveOptimized(path, folded, basicOnly: true);
            Dictionary<string, (float Low, float High)> ranges = Ranges(folded, calibration, input, shape);
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
    private static Dictionary<string, (float Low, float High)> Ranges(string folded, string calibration, string input, int[] shape)
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
        for (int i = 0; i < CalibrationInputs; i++)
        {
            HostTensor picture = i == 0 ? StrokePicture.Of(shape) : Noise(shape, i);
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
            bool joined = readers[result].Any() && readers[result].All(op => op == "Relu");
            if (joined || outputs.Contains(result)) continue;
            renamed[result] = Pair(result, s_keepScale.Contains(node.OpType) ? _parameters[source] : Parameters(ranges[result]));
        }
    }

    private void Finish()
    {
        OnnxGraph graph = _model.Graph;
        graph.Nodes = _nodes;
        if (_form.ShowIntegers) graph.Outputs.AddRange(_parameters.Keys.Order(StringComparer.Ordinal).Select(name => new OnnxValueInfo(name + ".u8", ElementType.UInt8, null)));
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
    private string Pair(string name, (float Scale, byte ZeroPoint) parameters)
    {
        Know(name, parameters);
        Add("QuantizeLinear", [name, name + ".scale", name + ".zero"], name + ".u8");
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
        float[] scales = [.. Enumerable.Range(0, rows).Select(r => Math.Max(values.Skip(r * columns).Take(columns).Max(Math.Abs) / 127, 1e-12f))];
        byte[] rounded = [.. values.Select((v, i) => unchecked((byte)(sbyte)Math.Clamp((int)MathF.Round(v / scales[i / columns]), -127, 127)))];
        string name = Stored(ModelTensor.Of(weight.Name + ".s8", ElementType.Int8, weight.Dims, rounded), scales, ElementType.Int8);
        if (node.Inputs.Count < 3 || node.Inputs[2].Length == 0) return (name, null);
        ModelTensor bias = _constants[node.Inputs[2]];
        float[] products = Array.ConvertAll(scales, scale => inputScale * scale);
        int[] sums = [.. bias.ToFloats().Select((v, i) => (int)Math.Clamp(Math.Round((double)v / products[i % rows]), int.MinValue, int.MaxValue))];
        return (name, Stored(ModelTensor.Of(bias.Name + ".s32", ElementType.Int32, bias.Dims, MemoryMarshal.AsBytes<int>(sums).ToArray()), products, ElementType.Int32));
    }

    /// <summary>Adds an integer constant, its scales and its zero points, which are zero.</summary>
    private string Stored(ModelTensor tensor, float[] scales, ElementType type)
    {
        long[] dims = _form.PerChannel ? [scales.Length] : [];
        Constant(tensor);
        Constant(ModelTensor.Of(tensor.Name + ".scale", dims, scales));
        Constant(ModelTensor.Of(tensor.Name + ".zero", type, dims, new byte[scales.Length * ElementTypes.SizeOf(type)]));
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
