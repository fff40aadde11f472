using System;
using System.Collections.Generic;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>A constant that an operator makes of others. It remembers how, since that may be shorter than the result.</summary>
/// <param name="op">The operator.</param>
/// <param name="inputs">Its operands: constants.</param>
/// <param name="attributes">Its attributes.</param>
/// <param name="outputs">All its results; this is number <paramref name="output"/>.</param>
internal sealed class FoldedConstant(string op, IReadOnlyList<Value?> inputs, StepAttributes attributes, Value[] outputs, int output, int[] shape, Func<byte[]> compute)
    : LazyConstant(outputs[output].Type, shape, compute)
{
    public string Operator => op;
    public IReadOnlyList<Value?> Inputs => inputs;
    public StepAttributes Attributes => attributes;
    public Value[] Outputs => outputs;
    public int Output => output;
}
