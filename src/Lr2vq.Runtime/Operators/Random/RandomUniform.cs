using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX RandomUniform and RandomUniformLike: all numbers of a range are equally likely.</summary>
/// <remarks>As <see cref="RandomOperator"/>; attributes low (0), high (1), which is not reached. A number is one of 2²⁴ that are equally far apart.</remarks>
public sealed class RandomUniform : RandomOperator, IOperator<RandomUniform>
{
    private readonly float _low, _high;

    private RandomUniform(StepAttributes attributes) : base(attributes) => (_low, _high) = (attributes.Float("low", 0), attributes.Float("high", 1));

    /// <inheritdoc/>
    public static RandomUniform Read(StepAttributes attributes) => new(attributes);

    private protected override void Draw(ReadOnlySpan<uint> words, Span<float> numbers)
    {
        for (int n = 0; n < numbers.Length; n++)
        {
            float number = (float)(_low + ((double)_high - _low) * Philox.Uniform(words[n]));
            // Rounding may reach the end.
            numbers[n] = number >= _high && _low < _high ? MathF.BitDecrement(_high) : number;
        }
    }
}
