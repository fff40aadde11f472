using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>x·s in front of products only becomes part of their weights; so does x + t, as part of their biases, where nothing is padded.</summary>
/// <remarks>Zeros around a picture stay zeros when it is scaled, but not when something is added to it. (x·s) + t in front of a padded convolution becomes
/// (x + t/s)·s first.</remarks>
internal sealed class FoldScalarForward : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator is not ("Mul" or "Add") || node.Attributes.Find("act") is not null || Patterns.WithScalar(node) is not var (x, number)) return null;
        if (!node.Output.IsFloat || !float.IsFinite(number) || node.Output.IsOutput || node.Output.Users.Count == 0) return null;
        bool product = node.Operator == "Mul";
        if (!node.Output.Users.All(user => Accepts(user, node.Output, product))) return product ? null : TrySwap(graph, node, x, number);
        if (product && (Math.Abs(number) < 1e-20 || node.Output.Users.Any(user => Patterns.IsShared(user.Input(1)!, node.Output.Users)))) return null;
        foreach (Node user in node.Output.Users.ToArray())
        {
            Value weight = user.Input(1)!;
            Value?[] inputs = [x, product ? Scaled(user, weight, number) : weight, product ? user.Input(2) : Shifted(user, weight, number), .. user.Inputs.Skip(3)];
            Patterns.ReplaceBy(graph, user, user, inputs);
            graph.Remove(user);
        }
        graph.Remove(node);
        return $"only products read {node.Name}";
    }

    private static bool Accepts(Node user, Value x, bool product) =>
        user.Operator is "Conv" or "ConvTranspose" or "Gemm" && user.Inputs[0] == x && user.Inputs.Count(input => input == x) == 1
        && user.Input(1)?.Constant is { Depth: < ConstantTensor.MostDepth } && !(user.Input(2)?.Constant?.Depth >= ConstantTensor.MostDepth) && (user.Input(2) is null || user.Input(2)!.Constant is not null)
        && (product || user.Operator != "ConvTranspose" && user.Attributes.Ints("pads", 0).All(pad => pad == 0)
            && user.Attributes.Float("alpha", 1f) == 1f && user.Attributes.Float("beta", 1f) == 1f);

    /// <summary>x·s + t in front of products becomes (x + t/s)·s, whose product can be folded.</summary>
    private static string? TrySwap(Graph graph, Node sum, Value scaled, float offset)
    {
        if (graph.ProducerUsedOnce(scaled, "Mul") is not { } product || Patterns.WithScalar(product) is not var (x, factor)) return null;
        if (Math.Abs(factor) < 1e-6 || !float.IsFinite(offset / factor) || !sum.Output.Users.All(user => Accepts(user, sum.Output, true))) return null;
        var builder = new GraphBuilder(graph, sum.Name, sum);
        Value inner = builder.Binary("Add", x, builder.Scalar(offset / factor, "offset"));
        graph.Replace(sum.Output, builder.Binary("Mul", inner, builder.Scalar(factor, "factor"), output: sum.Output.Name));
        graph.Remove(sum);
        return $"{sum.Name} adds to a product that can be folded";
    }

    private static Value Scaled(Node user, Value weight, float factor) => Value.Of(weight.Name, new ScaledConstant(weight.Constant!, Patterns.Role(user),
        user.Attributes.Int("group", 1), () => [.. Enumerable.Repeat((double)factor, (int)user.Output.Shape[Patterns.ChannelAxis(user)].Value)]));

    /// <summary>The bias with the sum of each output channel's weights, times the offset, added.</summary>
    private static Value Shifted(Node user, Value weight, float offset)
    {
        ConstantTensor values = weight.Constant!;
        ConstantTensor? bias = user.Input(2)?.Constant;
        WeightRole role = Patterns.Role(user);
        int channels = (int)user.Output.Shape[Patterns.ChannelAxis(user)].Value;
        var shifted = new LazyConstant(ElementType.Float32, [channels], () =>
        {
            double[] sums = Sums(values.ToFloats(), channels, role);
            float[]? before = bias?.ToFloats();
            return MemoryMarshal.AsBytes<float>(sums.Select((sum, c) => (float)((before is null ? 0.0 : before[c]) + offset * sum)).ToArray()).ToArray();
        }, values, bias);
        return Value.Of(user.Input(2)?.Name ?? weight.Name + "/bias", shifted);
    }

    private static double[] Sums(float[] values, int channels, WeightRole role)
    {
        var sums = new double[channels];
        int inner = values.Length / Math.Max(1, channels);
        for (int i = 0; i < values.Length; i++) sums[role == WeightRole.MatMul ? i % channels : i / inner] += values[i];
        return sums;
    }
}
