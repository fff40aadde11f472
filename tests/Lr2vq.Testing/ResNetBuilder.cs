using System;
using System.Collections.Generic;
using System.IO;

namespace Lr2vq.Testing;

/// <summary>Writes ResNet-18 and ResNet-50 (the torchvision graph, opset 13, BatchNormalization not folded) with generated weights into the
/// cache. The weights are structured (channel scales, part low-rank, heavy tails) but untrained: good for size, time, memory and layer
/// errors, never for accuracy. BatchNormalization gets the statistics of a forward pass over four noise pictures.</summary>
internal sealed class ResNetBuilder
{
    // Counted up when the files come out differently.
    private const string Recipe = "1";
    private const float Epsilon = 1e-5f;

    private readonly List<OnnxWire> _nodes = [];
    private readonly List<(string Name, int[] Shape, float[] Values)> _initializers = [];

    public static bool Makes(string name) => name is "resnet18.onnx" or "resnet50.onnx";

    /// <summary>Path of <c>resnet18.onnx</c> or <c>resnet50.onnx</c>; written at the first call (seconds).</summary>
    public static string Cached(string name) => TestData.Cached($"generated-{Recipe}/{name}", path =>
        new ResNetBuilder().Write(path, depth: name.Contains("50", StringComparison.Ordinal) ? 50 : 18));

    private void Write(string path, int depth)
    {
        (int[] blocks, bool bottleneck) = depth == 50 ? (new[] { 3, 4, 6, 3 }, true) : (new[] { 2, 2, 2, 2 }, false);
        FeatureMap x = FeatureMap.Noise(images: 4, channels: 3, size: 64, GeneratedWeights.RandomFor("images"));
        (string s, x) = ConvNorm("input", x, "conv1", "bn1", 3, 64, kernel: 7, stride: 2);
        s = Relu(s, x, "relu");
        s = Node("MaxPool", [s], "maxpool", ("kernel_shape", new[] { 3, 3 }), ("strides", new[] { 2, 2 }), ("pads", new[] { 1, 1, 1, 1 }));
        x = x.MaxPool3x3();
        int channels = 64;
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            int width = 64 << stage, outputs = width * (bottleneck ? 4 : 1);
            for (int block = 0; block < blocks[stage]; block++)
            {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                (s, x) = Block(s, x, $"layer{stage + 1}.{block}", channels, width, outputs, stride, bottleneck);
                channels = outputs;
            }
        }
        s = Node("GlobalAveragePool", [s], "avgpool");
        s = Node("Flatten", [s], "flatten", ("axis", 1));
        Initializer("fc.weight", [1000, channels], GeneratedWeights.Matrix("fc.weight", [1000, channels]));
        Initializer("fc.bias", [1000], GeneratedWeights.Vector("fc.bias", 1000, 0, 0.05f));
        Node("Gemm", [s, "fc.weight", "fc.bias"], "logits", ("alpha", 1f), ("beta", 1f), ("transB", 1));
        WriteModel(path, $"resnet{depth}");
    }

    private (string Name, FeatureMap Map) Block(string s, FeatureMap x, string name, int channels, int width, int outputs, int stride, bool bottleneck)
    {
        (int In, int Out, int Kernel, int Stride)[] plan = bottleneck
            ? [(channels, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
            : [(channels, width, 3, stride), (width, outputs, 3, 1)];
        (string a, FeatureMap y) = (s, x);
        for (int i = 0; i < plan.Length; i++)
        {
            bool last = i == plan.Length - 1;
            (a, y) = ConvNorm(a, y, $"{name}.conv{i + 1}", $"{name}.bn{i + 1}", plan[i].In, plan[i].Out, plan[i].Kernel, plan[i].Stride, last);
            if (!last) a = Relu(a, y, $"{name}.relu{i + 1}");
        }
        if (stride != 1 || channels != outputs)
            (s, x) = ConvNorm(s, x, name + ".downsample.0", name + ".downsample.1", channels, outputs, kernel: 1, stride);
        string sum = Node("Add", [a, s], name + "/Add");
        y.Add(x);
        return (Relu(sum, y, name + ".relu"), y);
    }

    private (string Name, FeatureMap Map) ConvNorm(string source, FeatureMap x, string conv, string norm, int inputs, int outputs, int kernel, int stride, bool last = false)
    {
        int pad = kernel / 2;
        int[] shape = [outputs, inputs, kernel, kernel];
        float[] weight = GeneratedWeights.Matrix(conv + ".weight", shape);
        Initializer(conv + ".weight", shape, weight);
        string convolved = Node("Conv", [source, conv + ".weight"], conv + "/Conv", ("kernel_shape", new[] { kernel, kernel }),
            ("strides", new[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad }), ("dilations", new[] { 1, 1 }), ("group", 1));
        FeatureMap y = x.Convolve(weight, outputs, kernel, stride, pad);
        (float[] mean, float[] variance) = y.Statistics();
        float[] gamma = GeneratedWeights.Vector(norm + ".weight", outputs, last ? 0.3f : 1f, 0.1f, last ? 0.05f : 0.3f);
        float[] beta = GeneratedWeights.Vector(norm + ".bias", outputs, 0f, 0.1f);
        Initializer(norm + ".weight", [outputs], gamma);
        Initializer(norm + ".bias", [outputs], beta);
        Initializer(norm + ".running_mean", [outputs], mean);
        Initializer(norm + ".running_var", [outputs], variance);
        string normalized = Node("BatchNormalization", [convolved, norm + ".weight", norm + ".bias", norm + ".running_mean", norm + ".running_var"],
            norm + "/BatchNormalization", ("epsilon", Epsilon), ("momentum", 0.9f));
        y.Normalize(gamma, beta, mean, variance, Epsilon);
        return (normalized, y);
    }

    private string Relu(string source, FeatureMap x, string name)
    {
        x.Relu();
        return Node("Relu", [source], name);
    }

    private string Node(string op, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        _nodes.Add(OnnxBuilder.NodeMessage(op, inputs, [output], output, "", attributes));
        return output;
    }

    private void Initializer(string name, int[] shape, float[] values) => _initializers.Add((name, shape, values));

    /// <summary>Writes the file without a second copy of the weights in memory: lengths are computed first.</summary>
    private void WriteModel(string path, string graphName)
    {
        OnnxWire before = new(), after = new();
        foreach (OnnxWire node in _nodes) before.Message(1, node);
        before.Text(2, graphName);
        after.Message(11, OnnxBuilder.ValueInfo("input", ElementType.Float32, ["N", 3, 224, 224]));
        after.Message(12, OnnxBuilder.ValueInfo("logits", ElementType.Float32, ["N", 1000]));

        byte[] head = before.ToArray(), tail = after.ToArray();
        long length = head.Length + tail.Length;
        List<byte[]> starts = [];
        foreach ((string name, int[] shape, float[] values) in _initializers)
        {
            OnnxWire tensor = new();
            foreach (int extent in shape) tensor.Varint(1, extent);
            tensor.Varint(2, (int)ElementType.Float32).Text(8, name);
            byte[] header = tensor.ToArray();
            byte[] raw = Prefix(9, values.Length * sizeof(float));
            byte[] start = [.. Prefix(5, header.Length + raw.Length + values.Length * sizeof(float)), .. header, .. raw];
            starts.Add(start);
            length += start.Length + (long)values.Length * sizeof(float);
        }
        using FileStream file = File.Create(path);
        file.Write(new OnnxWire().Varint(1, 8).Text(2, "lr2vq tests").ToArray());
        file.Write(Prefix(7, length));
        file.Write(head);
        for (int i = 0; i < starts.Count; i++)
        {
            file.Write(starts[i]);
            file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(_initializers[i].Values));
        }
        file.Write(tail);
        file.Write(new OnnxWire().Message(8, new OnnxWire().Text(1, "").Varint(2, 13)).ToArray());
    }

    /// <summary>Key and length of a field of kind 2.</summary>
    private static byte[] Prefix(int field, long length)
    {
        List<byte> bytes = [(byte)((field << 3) | 2)];
        for (; length >= 0x80; length >>= 7) bytes.Add((byte)(length | 0x80));
        bytes.Add((byte)length);
        return [.. bytes];
    }
}
