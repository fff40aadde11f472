using System;

namespace Lr2vq.Kernels;

/// <summary>Writes blocked images to the planes of plain volumes: what <see cref="PlanePacking"/> does, backwards.</summary>
/// <param name="channels">Of a volume.</param>
/// <param name="depth">Planes of a volume.</param>
/// <param name="pixels">Of a plane.</param>
internal sealed unsafe class PlaneSpreading(int channels, int depth, long pixels)
{
    /// <summary>Floats of an image.</summary>
    public long ImageFloats => Blocks * 16 * pixels;

    private long Blocks => (channels + 15L) / 16;

    /// <param name="first">Number of the first image: those of a volume follow each other.</param>
    /// <param name="count">How many images.</param>
    public void Run(ThreadTeam? team, float* images, long first, int count, float* y) =>
        Ranges.Run(team, count * Blocks, Ranges.LeastMoved(16 * pixels), new BlockRange(this, images, first, y));

    /// <summary>Blocks of sixteen channels of all images.</summary>
    private readonly struct BlockRange(PlaneSpreading spreading, float* images, long first, float* y) : IRange
    {
        public void Do(long begin, long end, int slot)
        {
            for (long unit = begin; unit < end; unit++)
                spreading.Spread(images + unit * 16 * spreading.Pixels, first + unit / spreading.Blocks, (int)(unit % spreading.Blocks) * 16, y);
        }
    }

    private long Pixels => pixels;

    private void Spread(float* block, long number, int channel, float* y)
    {
        long stride = depth * pixels;
        Transpose16.FromLanes(block, pixels, Math.Min(16, channels - channel), y + (number / depth * channels + channel) * stride + number % depth * pixels, stride);
    }
}
