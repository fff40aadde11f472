using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Lr2vq.Testing;

/// <summary>ONNX Runtime, the oracle of the tests. Products of bytes are exact on every processor.</summary>
internal sealed class OrtOracle : IDisposable
{
    /// <summary>For products that ONNX Runtime makes of pairs of QuantizeLinear and DequantizeLinear.</summary>
    private const string ExactProducts = "session.x64quantprecision";

    private readonly InferenceSession _session;

    /// <param name="model">Bytes of an .onnx file.</param>
    /// <param name="threads">Threads of one operator; 1 for comparisons of speed.</param>
    /// <param name="optimize">Whether the oracle may rewrite the graph. Off: each operator is computed as the model says.</param>
    public OrtOracle(byte[] model, int threads = 1, bool optimize = true)
    {
        using Microsoft.ML.OnnxRuntime.SessionOptions options = Options(threads, optimize);
        options.AddSessionConfigEntry(ExactProducts, "1");
        _session = new InferenceSession((UnsignedFactors.AreNeeded ? UnsignedFactors.Of(model) : null) ?? model, options);
    }

    /// <summary>Loads a file, with its external data beside it.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="threads">As above.</param>
    /// <param name="optimize">As above.</param>
    /// <param name="isExact">Off: as ONNX Runtime computes by default, faster where sums of products of u8 and i8 saturate (<see cref="UnsignedFactors"/>).</param>
    public OrtOracle(string path, int threads = 1, bool optimize = true, bool isExact = true)
    {
        using Microsoft.ML.OnnxRuntime.SessionOptions options = Options(threads, optimize);
        if (isExact) options.AddSessionConfigEntry(ExactProducts, "1");
        _session = isExact && UnsignedFactors.AreNeeded && UnsignedFactors.OfFile(path) is { } model ? new InferenceSession(model, options) : new InferenceSession(path, options);
    }

    public IReadOnlyList<string> InputNames => _session.InputNames;

    public IReadOnlyList<string> OutputNames => _session.OutputNames;

    /// <summary>Declared shape of an input; -1 where it is symbolic.</summary>
    public int[] InputShape(string name) => _session.InputMetadata[name].Dimensions;

    /// <summary>Runs the model; outputs in the model's order.</summary>
    public HostTensor[] Run(params (string Name, HostTensor Value)[] inputs)
    {
        List<OrtValue> values = [];
        try
        {
            foreach ((string _, HostTensor value) in inputs) values.Add(ToOrt(value));
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, inputs.Select(i => i.Name).ToList(), values, _session.OutputNames);
            return outputs.Select(FromOrt).ToArray();
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    /// <summary>A call that copies nothing of its own: inputs are placed once, outputs are thrown away. For timing.</summary>
    public Action Prepare(params (string Name, HostTensor Value)[] inputs)
    {
        RunOptions options = new();
        List<string> names = inputs.Select(i => i.Name).ToList();
        List<OrtValue> values = inputs.Select(i => ToOrt(i.Value)).ToList();
        return () => _session.Run(options, names, values, _session.OutputNames).Dispose();
    }

    /// <summary>Writes a model as ONNX Runtime rewrites it.</summary>
    /// <param name="basicOnly">Only what stays standard ONNX: constants and BatchNormalization folded, nothing fused.</param>
    public static void SaveOptimized(string path, string target, bool basicOnly)
    {
        using Microsoft.ML.OnnxRuntime.SessionOptions options = Options(threads: 1, optimize: true);
        if (basicOnly) options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC;
        options.OptimizedModelFilePath = target;
        using InferenceSession session = new(path, options);
    }

    /// <summary>Writes a model with its nodes fused into operators of com.microsoft, for any processor.</summary>
    public static void SaveFused(string path, string target)
    {
        using Microsoft.ML.OnnxRuntime.SessionOptions options = Options(threads: 1, optimize: true);
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED;
        options.OptimizedModelFilePath = target;
        using InferenceSession session = new(path, options);
    }

    public void Dispose() => _session.Dispose();

    private static Microsoft.ML.OnnxRuntime.SessionOptions Options(int threads, bool optimize) => new()
    {
        IntraOpNumThreads = threads,
        InterOpNumThreads = 1,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        GraphOptimizationLevel = optimize ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
    };

    private static OrtValue ToOrt(HostTensor tensor)
    {
        long[] shape = Array.ConvertAll(tensor.Shape, d => (long)d);
        if (tensor.Texts is { } texts)
        {
            OrtValue text = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
            for (int i = 0; i < texts.Length; i++) text.StringTensorSetElementAt(texts[i], i);
            return text;
        }
        OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)(int)tensor.Type, shape);
        if (tensor.Bytes.Length > 0) ElementTypes.Pack(tensor.Type, tensor.Bytes).CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static HostTensor FromOrt(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        int[] shape = Array.ConvertAll(info.Shape, d => checked((int)d));
        if (info.ElementDataType == TensorElementType.String) return HostTensor.OfTexts(value.GetStringTensorAsArray(), shape);
        ElementType type = (ElementType)(int)info.ElementDataType;
        int count = checked((int)info.ElementCount), bytes = ElementTypes.IsNibble(type) ? (count + 1) / 2 : checked(count * ElementTypes.SizeOf(type));
        return new HostTensor(type, shape, bytes == 0 ? [] : ElementTypes.Unpack(type, value.GetTensorMutableRawData()[..bytes].ToArray(), count));
    }

    /// <summary>Runs a model once.</summary>
    public static HostTensor[] Run(byte[] model, params (string Name, HostTensor Value)[] inputs)
    {
        using OrtOracle oracle = new(model);
        return oracle.Run(inputs);
    }

    /// <summary>Runs a model file once.</summary>
    public static HostTensor[] Run(string path, params (string Name, HostTensor Value)[] inputs)
    {
        using OrtOracle oracle = new(path);
        return oracle.Run(inputs);
    }
}
