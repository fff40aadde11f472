using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>One step of a Plan about to be computed by torch.</summary>
/// <param name="step">The step.</param>
/// <param name="inputs">Its inputs; null for those that are absent.</param>
/// <param name="symbols">The values of the network's symbols.</param>
internal sealed class StepCall(PlanStep step, Tensor?[] inputs, IReadOnlyDictionary<string, long> symbols)
{
    public PlanStep Step => step;

    public StepAttributes Attributes => step.Attributes;

    public IReadOnlyDictionary<string, long> Symbols => symbols;

    public int Count => inputs.Length;

    public Tensor X => this[0];

    /// <summary>An input that is there.</summary>
    public Tensor this[int index] => Find(index) ?? throw new InvalidOperationException($"{step.Name} has no input {index}");

    public Tensor? Find(int index) => index < inputs.Length ? inputs[index] : null;

    /// <summary>The shape that the Plan gives an output.</summary>
    public long[] Shape(int output = 0) => [.. step.Outputs[output].Shape.Select(d => d.Evaluate(symbols))];

    public ScalarType Type(int output = 0) => TensorValues.TypeOf(step.Outputs[output].Type);

    public long[] Longs(string key, params int[] absent) => [.. Attributes.Ints(key, absent).Select(v => (long)v)];

    public long[] Evaluated(string key) => [.. Attributes.Dimensions(key).Select(d => d.Evaluate(symbols))];

    /// <summary>What the attribute <c>act</c> says is applied last.</summary>
    public Tensor Activated(Tensor y)
    {
        float[] p = Attributes.Floats("actp");
        return Attributes.Text("act", "") switch
        {
            "" => y,
            "relu" => nn.functional.relu(y),
            "clip" => y.clamp(p[0], p[1]),
            "hardswish" => nn.functional.hardswish(y),
            "hardswishadd" => nn.functional.hardswish(y) + p[0],
            "hardsigmoid" => (y * p[0] + p[1]).clamp(0, 1),
            "sigmoid" => y.sigmoid(),
            "silu" => nn.functional.silu(y),
            "leakyrelu" => nn.functional.leaky_relu(y, p[0]),
            string other => throw new NotSupportedException($"the activation {other} has no torch form"),
        };
    }
}
