using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>LSTM, GRU and RNN. The products of the inputs of all time steps are one Gemm; what follows them is a step for each direction.</summary>
internal sealed class Recurrence() : OnnxOperator("LSTM", "GRU", "RNN")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node.Floats(0), w = node.Floats(1), r = node.Floats(2);
        int gates = node.OpType switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
        int directions = node.Text("direction", "forward") switch
        {
            "forward" or "reverse" => 1,
            "bidirectional" => 2,
            var other => throw node.Invalid($"'{other}' is no direction"),
        };
        if (x.Rank != 3 || w.Rank != 3 || r.Rank != 3) throw node.Invalid("an operand does not have three dimensions");
        if (w.Count == 0 || r.Count == 0) throw node.Unsupported("a weight without elements");
        bool batchFirst = node.Int("layout", 0) != 0;
        if (batchFirst) x = builder.Transpose(x, [1, 0, 2]);
        Dimension time = x.Shape[0], batch = x.Shape[1];
        if (node.Has("hidden_size") && !NodeContext.Unify(r.Shape[2], node.Int("hidden_size", 0))) throw node.Invalid($"{r} does not fit its hidden_size");
        if (!r.Shape[2].IsConstant) throw node.NotANumber("the length of its state", r.Shape[2]);
        int hidden = NodeContext.Narrow(r.Shape[2].Value);
        Check(node, w, directions, gates * hidden, x.Shape[2]);
        Check(node, r, directions, gates * hidden, hidden);
        Value? bias = Operand(node, 3, directions, 2 * gates * hidden);
        Value? lengths = node.Optional(4) is null ? null : node.Indices(4);
        if (lengths?.Dimensions is { } known && known.All(time.Equals)) lengths = null;
        if (lengths is not null) Check(node, lengths, batch);
        Value? State(int input)
        {
            if (node.Optional(input) is null) return null;
            Value state = node.Floats(input);
            if (batchFirst && state.Rank == 3) state = builder.Transpose(state, [1, 0, 2]);
            Check(node, state, directions, batch, hidden);
            return state;
        }
        Value? firstH = State(5), firstC = node.OpType == "LSTM" ? State(6) : null;
        Value? peepholes = node.OpType == "LSTM" ? Operand(node, 7, directions, 3 * hidden) : null;
        bool linear = node.OpType == "GRU" && node.Int("linear_before_reset", 0) != 0;

        var results = new List<Value>[] { [], [], [] };
        for (int d = 0; d < directions; d++)
        {
            Value? Part(Value? both) => both is null ? null : Slice(builder, both, 0, d, 1, both.Shape[1..]);
            Value inputWeight = Part(w)!, weight = Part(r)!;
            Value? inputBias = null, stateBias = null;
            if (Part(bias) is { } sums)
            {
                int rows = gates * hidden, plain = linear ? 2 * hidden : rows;
                inputBias = builder.Binary("Add", Slice(builder, sums, 0, 0, plain), Slice(builder, sums, 0, rows, plain));
                if (linear)
                {
                    inputBias = builder.Concat([inputBias, Slice(builder, sums, 0, plain, hidden)], 0);
                    stateBias = Slice(builder, sums, 0, rows + plain, hidden);
                }
            }
            Value products = Products(builder, x, inputWeight, inputBias, [time, batch, gates * hidden]);
            AttributeList attributes = Attributes(node, directions, d).Flag("linear_before_reset", linear);
            Value?[] inputs = node.OpType switch
            {
                "LSTM" => [products, weight, Part(firstH), Part(firstC), Part(peepholes), lengths],
                "GRU" => [products, Slice(builder, weight, 0, 0, 2 * hidden), Slice(builder, weight, 0, 2 * hidden, hidden), stateBias, Part(firstH), lengths],
                _ => [products, weight, Part(firstH), lengths],
            };
            Value Made(string what, params Dimension[] shape) => new($"{node.OpType}{d}/{what}", x.Type, shape);
            Value[] outputs = [Made("y", time, batch, hidden), Made("h", batch, hidden)];
            if (node.OpType == "LSTM") outputs = [.. outputs, Made("c", batch, hidden)];
            Value[] made = builder.Emit(node.OpType, inputs, attributes, outputs);
            for (int i = 0; i < made.Length; i++)
                results[i].Add(builder.Reshape(made[i], i == 0 ? [time, Dimension.One, batch, hidden] : [Dimension.One, batch, hidden]));
        }

        Value[] all = [.. results.Where(parts => parts.Count > 0).Select((parts, i) =>
        {
            Value joined = parts.Count == 1 ? parts[0] : builder.Concat([.. parts], i == 0 ? 1 : 0);
            return !batchFirst ? joined : builder.Transpose(joined, i == 0 ? [2, 0, 1, 3] : [1, 0, 2]);
        })];
        node.Return(all);
    }

    private static AttributeList Attributes(NodeContext node, int directions, int d)
    {
        string[] names = node.OpType switch { "LSTM" => ["Sigmoid", "Tanh", "Tanh"], "GRU" => ["Sigmoid", "Tanh"], _ => ["Tanh"] };
        float[] alphas = node.Attribute("activation_alpha")?.Floats ?? [], betas = node.Attribute("activation_beta")?.Floats ?? [];
        var attributes = new AttributeList().Flag("reverse", node.Text("direction", "forward") == "reverse" || d == 1);
        if (node.Attribute("activations")?.Strings is { Length: > 0 } given)
        {
            if (given.Length != names.Length * directions) throw node.Invalid($"it has {given.Length} activations");
            // Numbers are listed for those activations alone that have some.
            int alpha = 0, beta = 0;
            var used = new List<(string Name, float Alpha, float Beta)>();
            foreach (string name in given)
            {
                string known = Known.FirstOrDefault(k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Name ?? throw node.Unsupported($"the activation '{name}'");
                (_, float? a, float? b) = Known.First(k => k.Name == known);
                used.Add((known, a is null ? 0f : alpha < alphas.Length ? alphas[alpha++] : a.Value, b is null ? 0f : beta < betas.Length ? betas[beta++] : b.Value));
            }
            used = used.GetRange(d * names.Length, names.Length);
            if (!used.Select(u => u.Name).SequenceEqual(names)) attributes.Add("acts", string.Join(",", used.Select(u => u.Name)));
            if (used.Any(u => u.Alpha != 0)) attributes.Add("alphas", used.Select(u => u.Alpha));
            if (used.Any(u => u.Beta != 0)) attributes.Add("betas", used.Select(u => u.Beta));
        }
        return attributes.Add("clip", node.Float("clip", 0f), 0f).Flag("input_forget", node.OpType == "LSTM" && node.Int("input_forget", 0) != 0);
    }

    /// <summary>The activations, and ONNX's values for their numbers.</summary>
    private static readonly (string Name, float? Alpha, float? Beta)[] Known =
    [
        ("Sigmoid", null, null), ("Tanh", null, null), ("Relu", null, null), ("Softsign", null, null), ("HardSigmoid", 0.2f, 0.5f), ("LeakyRelu", 0.01f, null),
        ("Affine", 1f, 0f), ("ScaledTanh", 1f, 1f),
    ];

    private static Value Products(GraphBuilder builder, Value x, Value weight, Value? bias, Dimension[] shape)
    {
        if (weight.Constant is not null)
        {
            Value sums = builder.Emit("Gemm", [x, weight, bias?.Constant is null ? null : bias], new AttributeList().Flag("transB", true), x.Type, shape);
            return bias is null || bias.Constant is not null ? sums : builder.Binary("Add", sums, bias);
        }
        Value products = builder.Emit("MatMul", [x, weight], new AttributeList().Flag("transB", true), x.Type, shape);
        return bias is null ? products : builder.Binary("Add", products, bias);
    }

    private static Value? Operand(NodeContext node, int input, int directions, int length)
    {
        if (node.Optional(input) is null) return null;
        Value operand = node.Floats(input);
        if (operand.Rank != 2 || !NodeContext.Unify(operand.Shape[0], directions) || !NodeContext.Unify(operand.Shape[1], length)) throw node.Invalid($"{operand} does not fit");
        return operand;
    }

    private static void Check(NodeContext node, Value operand, params Dimension[] shape)
    {
        if (operand.Rank != shape.Length || operand.Shape.Zip(shape).Any(pair => !NodeContext.Unify(pair.First, pair.Second))) throw node.Invalid($"{operand} does not fit");
    }

    /// <summary>Some entries of an axis; the axis itself goes where another shape is given.</summary>
    private static Value Slice(GraphBuilder builder, Value x, int axis, int start, int count, Dimension[]? shape = null)
    {
        Value slice = builder.Slice(x, axis, start, count);
        return shape is null ? slice : builder.Reshape(slice, shape);
    }
}
