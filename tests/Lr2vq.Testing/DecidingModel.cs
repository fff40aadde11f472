using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>A model that asks whether floats are equal, as detectors do that look for local maxima: where two values are equal but for rounding, each program decides as
/// it rounds, and outputs jump. Here the operands and the answers are outputs, and answers can be given.</summary>
internal sealed class DecidingModel
{
    private const int Graph = 7, Node = 1, Input = 11, Output = 12, NodeInput = 1, NodeOutput = 2, NodeType = 4;

    private DecidingModel(byte[] watched, byte[] told, string[] operands, string[] answers) => (Watched, Told, Operands, Answers) = (watched, told, operands, answers);

    /// <summary>Its outputs are the model's, then <see cref="Operands"/>, then <see cref="Answers"/>.</summary>
    public byte[] Watched { get; }

    /// <summary>Takes <see cref="Answers"/> as further inputs, and does not ask.</summary>
    public byte[] Told { get; }

    /// <summary>The two operands of each question.</summary>
    public IReadOnlyList<string> Operands { get; }

    public IReadOnlyList<string> Answers { get; }

    /// <param name="path">A model without external data.</param>
    /// <returns>Null if the model asks nothing of the kind, outside of branches.</returns>
    public static DecidingModel? Of(string path)
    {
        WireMessage model = WireMessage.Parse(File.ReadAllBytes(path)), graph = model.Last(Graph)!.Value.Message;
        HashSet<string> integers = [.. graph.All(5).Where(tensor => tensor.Message.Number(2) != (long)ElementType.Float32).Select(tensor => tensor.Message.Text(8))];
        WireMessage[] questions = [.. graph.All(Node).Select(node => node.Message).Where(node => node.Text(NodeType) == "Equal" && !node.All(NodeInput).Any(input => integers.Contains(input.Text)))];
        if (questions.Length == 0) return null;
        string[] operands = [.. questions.SelectMany(question => question.All(NodeInput)).Select(input => input.Text)], answers = [.. questions.Select(question => question.Text(NodeOutput))];
        WireMessage watched = graph, told = graph.Replace(Node, node => answers.Contains(node.Text(NodeOutput)) ? null : node);
        foreach (string name in operands.Distinct()) watched = watched.With(Output, Value(name, ElementType.Float32));
        foreach (string name in answers)
        {
            watched = watched.With(Output, Value(name, ElementType.Bool));
            told = told.With(Input, Value(name, ElementType.Bool));
        }
        return new DecidingModel(model.Replace(Graph, _ => watched).ToArray(), model.Replace(Graph, _ => told).ToArray(), operands, answers);
    }

    /// <summary>A ValueInfoProto without a shape.</summary>
    private static byte[] Value(string name, ElementType type) =>
        new OnnxWire().Text(1, name).Message(2, new OnnxWire().Message(1, new OnnxWire().Varint(1, (long)type))).ToArray();
}
