using System;
using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>x · ½ · (1 + erf(x/√2)) in any order is Gelu; so is x · ½ · (1 + tanh(√(2/π)·(x + 0.044715·x³))), the approximate one.</summary>
internal sealed class RecognizeGelu : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator is not ("Mul" or "Div") || node.Operator == "Div" && node.Inputs[1]!.Scalar is null) return null;
        var factors = Patterns.Factors(graph, node, out double number);
        if (factors.Count != 2 || Math.Abs(number - 0.5) > 1e-6) return null;
        foreach (Value gate in factors)
        {
            if (Patterns.Maker(gate, "Add") is not { } sum || Patterns.WithScalar(sum) is not (var curve, 1f)) continue;
            Value x = factors.FirstOrDefault(f => f != gate) ?? gate;
            if (Patterns.Maker(curve, "Erf") is { } erf && IsScaled(graph, erf.Inputs[0]!, x, 1 / Math.Sqrt(2)))
                return RecognizeHardSwish.Replace(graph, node, "Gelu", x, Plans.StepAttributes.Empty);
            if (Patterns.Maker(curve, "Tanh") is { } tanh && IsTanhArgument(graph, tanh.Inputs[0]!, x))
                return RecognizeHardSwish.Replace(graph, node, "Gelu", x, new AttributeList().Add("approximate", "tanh"));
        }
        return null;
    }

    private static bool IsScaled(Graph graph, Value scaled, Value x, double factor) =>
        scaled.Producer is { Operator: "Mul" or "Div" } product && (product.Operator == "Mul" || product.Inputs[1]!.Scalar is not null)
        && Patterns.Factors(graph, product, out double number) is [{ } only] && only == x && Math.Abs(number - factor) < 1e-5;

    private static bool IsTanhArgument(Graph graph, Value argument, Value x)
    {
        if (Patterns.Maker(argument, "Mul") is not { } product || Patterns.Factors(graph, product, out double number) is not [{ } only]
            || Math.Abs(number - Math.Sqrt(2 / Math.PI)) > 1e-5 || Patterns.Maker(only, "Add") is not { } sum) return false;
        Value? cubic = sum.Inputs[0] == x ? sum.Inputs[1] : sum.Inputs[1] == x ? sum.Inputs[0] : null;
        if (Patterns.Maker(cubic, "Mul") is not { } scaled) return false;
        var factors = Patterns.Factors(graph, scaled, out double cubicNumber);
        if (Math.Abs(cubicNumber - 0.044715) > 1e-6) return false;
        if (factors.Count == 3) return factors.All(factor => factor == x);
        return factors is [{ } power] && Patterns.Maker(power, "Pow") is { } pow && pow.Inputs[0] == x && Patterns.IsScalar(pow.Inputs[1], 3);
    }
}
