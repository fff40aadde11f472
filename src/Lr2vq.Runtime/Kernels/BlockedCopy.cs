using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Where a tensor's channels lie, for copies between tensors and blocked scratch memory.</summary>
/// <param name="Channels">All channels of the tensor.</param>
internal readonly record struct ImageLayout(TensorLayout Layout, int Channels, int Height, int Width)
{
    public int Blocks => (Channels + 15) / 16;
    public long Pixels => (long)Height * Width;
    /// <summary>Floats of one image.</summary>
    public long ImageFloats => Layout == TensorLayout.Blocked ? Blocks * Pixels * 16 : Channels * Pixels;
}

/// <summary>Copies windows of images to and from blocked scratch memory ([block of 16 channels][row][column][16]).</summary>
internal static unsafe class BlockedCopy
{
    /// <summary>Reads rows [row, row + rows) and columns [column, column + columns) of channels [channel, channel + channels) of one
    /// image; what lies outside, and lanes beyond the last channel, become 0.</summary>
    public static void Read(float* image, in ImageLayout layout, int channel, int channels, int row, int rows, int column, int columns,
        float* scratch, long scratchRow, long scratchBlock)
    {
        int first = Math.Clamp(-column, 0, columns), last = Math.Clamp(layout.Width - column, first, columns);
        bool whole = layout.Layout == TensorLayout.Blocked && channel % 16 == 0 && (channels % 16 == 0 || channel + channels == layout.Channels);
        for (int block = 0; block * 16 < channels; block++)
        {
            int c = channel + block * 16, lanes = Math.Min(16, channels - block * 16);
            for (int r = 0; r < rows; r++)
            {
                float* to = scratch + block * scratchBlock + r * scratchRow;
                int y = row + r;
                if (y < 0 || y >= layout.Height || first == last)
                {
                    NativeMemory.Clear(to, (nuint)columns * 64);
                    continue;
                }
                if (first > 0) NativeMemory.Clear(to, (nuint)first * 64);
                if (last < columns) NativeMemory.Clear(to + last * 16L, (nuint)(columns - last) * 64);
                long pixel = (long)y * layout.Width + column + first, count = last - first;
                to += first * 16L;
                if (whole)
                    NativeMemory.Copy(image + ((c >> 4) * layout.Pixels + pixel) * 16, to, (nuint)count * 64);
                else if (layout.Layout == TensorLayout.Plain)
                    Transpose16.ToLanes(image + c * layout.Pixels + pixel, layout.Pixels, lanes, count, to);
                else
                    Gather(image, layout, c, lanes, pixel, count, to);
            }
        }
    }

    /// <summary>Copies whole pixels that lie <paramref name="step"/> floats apart side by side.</summary>
    public static void Pick(float* from, long step, float* to, int count)
    {
        for (; count > 0; count--, from += step, to += 16) Unsafe.CopyBlockUnaligned(to, from, 64);
    }

    /// <summary>Writes <paramref name="count"/> neighbouring pixels of channels [channel, channel + lanes) from [pixel][16] scratch.</summary>
    public static void Write(float* scratch, float* image, in ImageLayout layout, int channel, int lanes, long pixel, long count)
    {
        if (layout.Layout == TensorLayout.Plain)
        {
            Transpose16.FromLanes(scratch, count, lanes, image + channel * layout.Pixels + pixel, layout.Pixels);
            return;
        }
        // Other lanes of these blocks may be another thread's.
        float* block = image + ((long)(channel >> 4) * layout.Pixels + pixel) * 16;
        int first = channel & 15, here = Math.Min(lanes, 16 - first);
        Move(scratch, block + first, here, count);
        Move(scratch + here, block + layout.Pixels * 16, lanes - here, count);
    }

    /// <summary>The inverse of <see cref="Write"/>; other lanes become 0.</summary>
    public static void ReadPixels(float* image, in ImageLayout layout, int channel, int lanes, long pixel, long count, float* scratch)
    {
        if (layout.Layout == TensorLayout.Plain)
            Transpose16.ToLanes(image + channel * layout.Pixels + pixel, layout.Pixels, lanes, count, scratch);
        else
            Gather(image, layout, channel, lanes, pixel, count, scratch);
    }

    /// <summary>Sets the lanes from <paramref name="used"/> on to zero.</summary>
    public static void ClearLanes(float* pixels, long count, int used)
    {
        for (long p = 0; p < count; p++, pixels += 16)
            for (int lane = used; lane < 16; lane++) pixels[lane] = 0f;
    }

    /// <summary>Sixteen lanes from the end of one block and the beginning of the next; those from <paramref name="lanes"/> on become 0.</summary>
    private static void Gather(float* image, in ImageLayout layout, int channel, int lanes, long pixel, long count, float* to)
    {
        float* block = image + ((long)(channel >> 4) * layout.Pixels + pixel) * 16;
        int first = channel & 15, here = Math.Min(lanes, 16 - first);
        if (lanes < 16) NativeMemory.Clear(to, (nuint)count * 64);
        Move(block + first, to, here, count);
        Move(block + layout.Pixels * 16, to + here, lanes - here, count);
    }

    /// <summary>Copies neighbouring lanes of neighbouring pixels, as many at once as a vector holds.</summary>
    private static void Move(float* from, float* to, int lanes, long count)
    {
        for (int size = 16; size > 0; size >>= 1)
        {
            if ((lanes & size) == 0) continue;
            switch (size)
            {
                case 16: Move<Block>(from, to, count); break;
                case 8: Move<Vector256<float>>(from, to, count); break;
                case 4: Move<Vector128<float>>(from, to, count); break;
                case 2: Move<double>(from, to, count); break;
                default: Move<float>(from, to, count); break;
            }
            from += size;
            to += size;
        }
    }

    [MethodImpl(Compile.Loop)]
    private static void Move<T>(float* from, float* to, long count) where T : unmanaged
    {
        for (; count > 0; count--, from += 16, to += 16) Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<T>(from));
    }

    [InlineArray(16)]
    private struct Block
    {
        private float _lane;
    }
}
