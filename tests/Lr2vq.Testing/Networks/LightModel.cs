using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Lr2vq.Testing.Networks;

/// <summary>The graphs of <c>models/light</c> with numbers in place of their constant weights: scaled by what they feed, so that activations keep their size.</summary>
internal static class LightModel
{
    /// <summary>Below <c>models</c>.</summary>
    public const string Folder = "light";

    private const int NodeField = 1, InitializerField = 5, GraphField = 7;

    /// <summary>The model as a file of the cache.</summary>
    public static string Filled(string path) => TestData.Cached($"light-1/{Path.GetFileName(path)}", target => File.WriteAllBytes(target, Fill(File.ReadAllBytes(path))));

    private static byte[] Fill(byte[] light)
    {
        WireMessage model = WireMessage.Parse(light), graph = model.Last(GraphField)!.Value.Message;
        Dictionary<string, HostTensor> given = [];
        foreach (WireMessage.Field tensor in graph.All(InitializerField))
            if (OnnxTensor.Read(tensor.Bytes) is { } value) given[tensor.Message.Text(8)] = value;
        List<Use> nodes = [.. graph.All(NodeField).Select(node => Use.Of(node.Message))];
        Dictionary<string, int[]> shapes = given.Where(g => g.Value.Type == ElementType.Float32).ToDictionary(g => g.Key, g => g.Value.Shape);
        HashSet<string> made = [];
        foreach (Use node in nodes.Where(node => node.IsConstantFloat))
        {
            shapes[node.Outputs[0]] = Array.ConvertAll(given[node.Inputs[0]].Values<long>().ToArray(), length => (int)length);
            made.Add(node.Outputs[0]);
        }
        List<(string Name, HostTensor Value)> filled = [];
        foreach ((string name, int[] shape) in shapes)
            if (Values(name, shape, nodes) is { } values) filled.Add((name, HostTensor.Of(values, shape)));
            else if (made.Contains(name)) throw new InvalidDataException($"nothing says what {name} is");
        HashSet<string> names = [.. filled.Select(f => f.Name)];
        graph = graph.Replace(NodeField, node => made.Contains(node.Text(2)) ? null : node).Replace(InitializerField, tensor => names.Contains(tensor.Text(8)) ? null : tensor);
        foreach ((string name, HostTensor value) in filled) graph = graph.With(InitializerField, OnnxTensor.Write(name, value, OnnxBuilder.Form.Raw).ToArray());
        // From version 4 on initializers need not be inputs.
        return model.Without(1).With(GraphField, graph.ToArray(), version: 4);
    }

    /// <summary>By the first node that reads it; null if that is none of those that weights have.</summary>
    private static float[]? Values(string name, int[] shape, List<Use> nodes)
    {
        int count = shape.Aggregate(1, (product, length) => product * length), seed = GeneratedWeights.RandomFor(name).Next();
        (Use? node, int place) = Reader(name, nodes);
        return (node?.Type, place) switch
        {
            ("Conv" or "Gemm", 1) => RandomTensor.Normal(seed, count, 0f, MathF.Sqrt(2f / Math.Max(1, count / shape[0]))),
            ("Conv" or "Gemm", 2) or ("BatchNormalization", 2 or 3) or ("Add" or "Sum", _) => RandomTensor.Normal(seed, count, 0f, 0.05f),
            ("BatchNormalization", 1) or ("Mul", _) => RandomTensor.Uniform(seed, count, 0.8f, 1.2f),
            ("BatchNormalization", 4) => RandomTensor.Uniform(seed, count, 0.5f, 1.5f),
            _ => null,
        };
    }

    private static (Use? Node, int Place) Reader(string name, List<Use> nodes)
    {
        while (nodes.Find(node => node.Inputs.Contains(name)) is { } reader)
        {
            if (reader.Type is not ("Reshape" or "Unsqueeze" or "Transpose")) return (reader, Array.IndexOf(reader.Inputs, name));
            name = reader.Outputs[0];
        }
        return (null, 0);
    }

    private sealed record Use(string Type, string[] Inputs, string[] Outputs, bool IsConstantFloat)
    {
        public static Use Of(WireMessage node)
        {
            string type = node.Text(4);
            // Without a value it is a float.
            bool isFloat = type == "ConstantOfShape" && !node.All(5).Any(a => a.Message.Text(1) == "value" && a.Message.Last(5)!.Value.Message.Number(2) != (long)ElementType.Float32);
            return new(type, [.. node.All(1).Select(f => f.Text)], [.. node.All(2).Select(f => f.Text)], isFloat);
        }
    }

    /// <summary>A model with another graph and version.</summary>
    private static byte[] With(this WireMessage model, int field, byte[] graph, int version) =>
        [.. new OnnxWire().Varint(1, version).ToArray(), .. model.Without(field).ToArray(), .. new OnnxWire().Bytes(field, graph).ToArray()];
}
