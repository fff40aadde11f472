using System;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Copies a block of sixteen channels between a plain and a blocked tensor.</summary>
internal unsafe interface IBlockCopy
{
    /// <param name="plain">The first channel.</param>
    /// <param name="lanes">How many lanes of the block are channels.</param>
    void Copy(float* plain, float* blocked, long pixels, int lanes);
}

/// <summary>Goes through the blocks of all images.</summary>
internal static unsafe class ChannelBlocks
{
    public static void Run<TCopy>(ThreadTeam? team, float* plain, float* blocked, int[] shape, TCopy copy) where TCopy : struct, IBlockCopy
    {
        int channels = shape[1];
        long blocks = (long)shape[0] * ((channels + 15) / 16), pixels = (long)shape[2] * shape[3];
        Ranges.Run(team, blocks, Ranges.Least(16 * pixels), new Blocks<TCopy>(plain, blocked, channels, pixels, copy));
    }

    private readonly struct Blocks<TCopy>(float* plain, float* blocked, int channels, long pixels, TCopy copy) : IRange where TCopy : struct, IBlockCopy
    {
        public void Do(long first, long last, int slot)
        {
            int blocks = (channels + 15) / 16;
            for (long block = first; block < last; block++)
            {
                long channel = block / blocks * channels + block % blocks * 16;
                copy.Copy(plain + channel * pixels, blocked + block * pixels * 16, pixels, (int)Math.Min(16, channels - block % blocks * 16));
            }
        }
    }
}
