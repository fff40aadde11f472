using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Row-major [N, C, H, W] to blocks of sixteen channels, [N, ⌈C/16⌉, H, W, 16]; lanes beyond C become zero.</summary>
public sealed class ToBlocked : Operator, IOperator<ToBlocked>
{
    private ToBlocked()
    {
    }

    /// <inheritdoc/>
    public static ToBlocked Read(StepAttributes attributes) => new();

    internal override unsafe void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0];
        int channels = x.Shape[1], blocks = (channels + 15) / 16;
        long images = x.Shape[0], pixels = (long)x.Shape[2] * x.Shape[3];
        float* from = x.F32, to = arguments.Outputs[0].F32;
        for (long n = 0; n < images; n++)
            for (int b = 0; b < blocks; b++)
            {
                int lanes = Math.Min(16, channels - b * 16);
                Transpose16.ToLanes(from + (n * channels + b * 16) * pixels, pixels, lanes, pixels, to + (n * blocks + b) * pixels * 16);
            }
    }
}
