using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX RandomNormal and RandomNormalLike: numbers of a normal distribution.</summary>
/// <remarks>As <see cref="RandomOperator"/>; attributes mean (0), scale (1), the standard deviation.</remarks>
public sealed class RandomNormal : RandomOperator, IOperator<RandomNormal>
{
    private readonly float _mean, _scale;

    private RandomNormal(StepAttributes attributes) : base(attributes) => (_mean, _scale) = (attributes.Float("mean", 0), attributes.Float("scale", 1));

    /// <inheritdoc/>
    public static RandomNormal Read(StepAttributes attributes) => new(attributes);

    private protected override void Draw(ReadOnlySpan<uint> words, Span<float> numbers)
    {
        for (int n = 0; n < numbers.Length; n += 2)
        {
            (double first, double second) = Philox.Normal(words[n], words[n + 1]);
            (numbers[n], numbers[n + 1]) = ((float)(_mean + _scale * first), (float)(_mean + _scale * second));
        }
    }
}
