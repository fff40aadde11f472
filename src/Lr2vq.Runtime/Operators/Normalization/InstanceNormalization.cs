using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX InstanceNormalization: every channel of every sample has mean bias and deviation scale afterwards.</summary>
/// <remarks>(x, scale [C], bias [C]) → (y), f32, plain; y may be the memory of x. Attribute epsilon (float, 1e-5).</remarks>
public sealed unsafe class InstanceNormalization : AxisOperator, IOperator<InstanceNormalization>
{
    private readonly float _epsilon;

    private InstanceNormalization(float epsilon) : base(axis: 1) => _epsilon = epsilon;

    /// <inheritdoc/>
    public static InstanceNormalization Read(StepAttributes attributes) => new(attributes.Float("epsilon", 1e-5f));

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 1);
        Extent channels = CheckAxis(rules, ElementType.Float32);
        for (int i = 1; i < 3; i++) rules.Input(i).IsLike(ElementType.Float32).HasShape(channels);
        rules.Output(0).IsLike(ElementType.Float32).HasShape(rules.Input(0).Shape);
    }

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32, scale = arguments.Inputs[1].F32, bias = arguments.Inputs[2].F32;
        Ranges.Run(arguments.Team, view.Outer * view.Length, Ranges.Least(view.Inner), new Images(x, y, scale, bias, view, _epsilon));
    }

    private readonly struct Images(float* x, float* y, float* scale, float* bias, AxisView view, float epsilon) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            for (long image = first; image < last; image++)
            {
                float* from = x + image * view.Inner, to = y + image * view.Inner;
                long channel = image % view.Length;
                (double mean, double variance) = Moments.MeanAndVariance(from, view.Inner);
                Moments.Affine(from, to, view.Inner, mean, scale[channel] / Math.Sqrt(variance + epsilon), bias[channel]);
            }
        }
    }
}
