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

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasLayout(TensorLayout.Blocked).HasRank(4);
        rules.Output(0).IsLike(ElementType.Float32).HasLayout(TensorLayout.Plain).HasShape(x.Shape);
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        int channels = y.Shape[1], blocks = (channels + 15) / 16;
        long images = y.Shape[0], pixels = (long)y.Shape[2] * y.Shape[3];
        Ranges.Run(arguments.Team, images * blocks, Ranges.Least(16 * pixels), new Blocks(arguments.Inputs[0].F32, arguments.Outputs[0].F32, channels, pixels));
    }

    /// <summary>Blocks of all images.</summary>
    private readonly unsafe struct Blocks(float* from, float* to, int channels, long pixels) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int blocks = (channels + 15) / 16;
            for (long block = first; block < last; block++)
            {
                long channel = block / blocks * channels + block % blocks * 16;
                int lanes = (int)Math.Min(16, channels - block % blocks * 16);
                Transpose16.FromLanes(from + block * pixels * 16, pixels, lanes, to + channel * pixels, pixels);
            }
        }
    }
}
