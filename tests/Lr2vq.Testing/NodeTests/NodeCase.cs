using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Lr2vq.Testing.NodeTests;

/// <summary>How a case is run.</summary>
public enum NodeForm
{
    AsItIs,
    /// <summary>All inputs but the first as initializers.</summary>
    Constants,
    /// <summary>Each dimension of an input a symbol of its own.</summary>
    Symbols,
    /// <summary>As <see cref="Symbols"/>, equal lengths with equal symbols.</summary>
    SharedSymbols,
}

/// <summary>One case: a model with a set of inputs and the outputs they must give.</summary>
/// <param name="Inputs">In the order of the model's inputs; a null value is a sequence or an optional.</param>
internal sealed record NodeCase(string Name, WireMessage Model, (string Name, HostTensor? Value)[] Inputs, HostTensor?[] Outputs)
{
    /// <summary>Which of the sets of its model.</summary>
    public int Set { get; init; }

    private WireMessage Graph => Model.Last(7)!.Value.Message;

    /// <summary>Opset of the default domain.</summary>
    public int Opset => (int)Model.All(8).Select(f => f.Message).Where(import => import.Text(1) is "" or "ai.onnx").Select(import => import.Number(2)).LastOrDefault();

    /// <summary>Operators of the graph itself, in its order, without constants.</summary>
    public IEnumerable<(string Domain, string Type)> Operators => Graph.All(1).Select(f => f.Message).Select(node => (node.Text(7) is "ai.onnx" ? "" : node.Text(7), node.Text(4))).Where(op => op.Item2 != "Constant");

    /// <summary>All sets of a folder.</summary>
    public static IEnumerable<NodeCase> Read(string folder)
    {
        WireMessage model = WireMessage.Parse(File.ReadAllBytes(Path.Combine(folder, "model.onnx")));
        WireMessage graph = model.Last(7)!.Value.Message;
        WireMessage[] inputs = [.. graph.All(11).Select(field => field.Message)], outputs = [.. graph.All(12).Select(field => field.Message)];
        foreach ((int number, string set) in Directory.GetDirectories(folder, "test_data_set_*").Order(StringComparer.Ordinal).Index())
            yield return new NodeCase(Path.GetFileName(folder), model, [.. inputs.Select((port, i) => (port.Text(1), Value(port, Path.Combine(set, $"input_{i}.pb"))))],
                [.. outputs.Select((port, i) => Value(port, Path.Combine(set, $"output_{i}.pb")))]) { Set = number };
    }

    /// <summary>The case in a form; null if that would change nothing.</summary>
    public NodeCase? In(NodeForm form) => form switch
    {
        NodeForm.AsItIs => this,
        NodeForm.Constants => WithConstants(),
        _ => WithSymbols(shared: form == NodeForm.SharedSymbols),
    };

    /// <summary>All inputs but the first become initializers; null if there is no second tensor.</summary>
    /// <param name="all">The first, too.</param>
    public NodeCase? WithConstants(bool all = false)
    {
        (string Name, HostTensor? Value)[] constants = [.. Inputs.Skip(all ? 0 : 1).Where(input => input.Value is { } value && OnnxTensor.CanWrite(value))];
        if (constants.Length == 0) return null;
        WireMessage graph = Graph.Replace(11, port => constants.Any(c => c.Name == port.Text(1)) ? null : port);
        foreach ((string name, HostTensor? value) in constants) graph = graph.With(5, OnnxTensor.Write(name, value!, OnnxBuilder.Form.Raw).ToArray());
        return this with { Model = Model.Replace(7, _ => graph), Inputs = [.. Inputs.Where(input => constants.All(c => c.Name != input.Name))] };
    }

    /// <summary>Numbers among the inputs' dimensions become symbols; null if there are none.</summary>
    /// <param name="shared">Equal lengths get the same symbol; else each dimension has its own.</param>
    public NodeCase? WithSymbols(bool shared)
    {
        int replaced = 0;
        WireMessage graph = Graph.Without(13)
            .Replace(11, port => ReplaceDimensions(port, (axis, length) =>
            {
                replaced++;
                return new OnnxWire().Text(2, shared ? $"n{length}" : $"{port.Text(1)}_{axis}");
            }))
            .Replace(12, port => ReplaceDimensions(port, (_, _) => new OnnxWire()));
        return replaced == 0 ? null : this with { Model = Model.Replace(7, _ => graph) };
    }

    public byte[] ModelBytes => Model.ToArray();

    private static WireMessage ReplaceDimensions(WireMessage port, Func<int, long, OnnxWire> replacement) =>
        port.Replace(2, type => type.Replace(1, tensor => tensor.Replace(2, shape =>
        {
            int axis = 0;
            return shape.Replace(1, dimension =>
            {
                int at = axis++;
                return dimension.Last(1) is { } length ? WireMessage.Parse(replacement(at, (long)length.Value).ToArray()) : dimension;
            });
        })));

    private static HostTensor? Value(WireMessage port, string path)
    {
        if (port.Last(2)?.Message.Last(1) is not { } type || !File.Exists(path)) return null;
        HostTensor? value = OnnxTensor.Read(File.ReadAllBytes(path));
        // Older versions wrote the bits of bfloat16 as integers.
        bool isBits = (ElementType)type.Message.Number(1) == ElementType.BFloat16 && value is { Type: ElementType.UInt16 };
        return isBits ? value! with { Type = ElementType.BFloat16 } : value;
    }
}
