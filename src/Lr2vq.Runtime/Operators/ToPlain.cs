using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Blocks of sixteen channels, [N, ⌈C/16⌉, H, W, 16], to row-major [N, C, H, W].</summary>
public sealed class ToPlain : Operator, IOperator<ToPlain>
{
    private ToPlain()
    {
    }

    /// <inheritdoc/>
    public static ToPlain Read(StepAttributes attributes) => new();

    internal override unsafe void Run(in StepArguments arguments)
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        int channels = y.Shape[1], blocks = (channels + 15) / 16;
        long images = y.Shape[0], pixels = (long)y.Shape[2] * y.Shape[3];
        float* from = arguments.Inputs[0].F32, to = y.F32;
        for (long n = 0; n < images; n++)
            for (int b = 0; b < blocks; b++)
            {
                int lanes = Math.Min(16, channels - b * 16);
                Transpose16.FromLanes(from + (n * blocks + b) * pixels * 16, pixels, lanes, to + (n * channels + b * 16) * pixels, pixels);
            }
    }
}
