using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX LpPool over height and width: (Σ |x|ᵖ)^(1/p) of each window.</summary>
public sealed class LpPool : Operator, IOperator<LpPool>
{
    private readonly PoolAttributes _attributes;
    private readonly int _p;

    private LpPool(StepAttributes attributes)
    {
        _attributes = PoolAttributes.Read(attributes);
        _p = attributes.Int("p", 2);
    }

    /// <inheritdoc/>
    public static LpPool Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules)
    {
        _attributes.Check(rules);
        rules.Plain();
        StepRules.Within(_p, 1, int.MaxValue, "p");
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => new(0, _attributes.Shape(shapes));

    internal override unsafe void Run(in StepArguments arguments)
    {
        var shape = (PoolShape)arguments.State!;
        ConvGeometry g = shape.Geometry;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        for (long image = 0; image < shape.Images; image++, x += (long)g.InputHeight * g.InputWidth)
            for (int oy = 0; oy < g.OutputHeight; oy++)
                for (int ox = 0; ox < g.OutputWidth; ox++) *y++ = One(x, g, oy * g.StrideY - g.Top, ox * g.StrideX - g.Left);
    }

    private unsafe float One(float* x, in ConvGeometry g, int top, int left)
    {
        (int firstY, int lastY) = Pooling.Inside(top, g.DilationY, g.KernelHeight, g.InputHeight);
        (int firstX, int lastX) = Pooling.Inside(left, g.DilationX, g.KernelWidth, g.InputWidth);
        double sum = 0;
        for (int ky = firstY; ky < lastY; ky++)
            for (int kx = firstX; kx < lastX; kx++)
            {
                double value = Math.Abs(x[(long)(top + ky * g.DilationY) * g.InputWidth + left + kx * g.DilationX]);
                sum += _p switch { 1 => value, 2 => value * value, _ => Math.Pow(value, _p) };
            }
        return (float)(_p switch { 1 => sum, 2 => Math.Sqrt(sum), _ => Math.Pow(sum, 1.0 / _p) });
    }
}
