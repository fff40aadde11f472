using System.Runtime.CompilerServices;
using Lr2vq.Plans;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>The lanes of a blocked tensor beyond its last channel. They always hold zero, so that convolutions may read them.</summary>
internal static unsafe class PadLanes
{
    /// <summary>Sets them to zero; does nothing for a plain tensor or a number of channels divisible by 16.</summary>
    public static void Clear(in TensorView tensor)
    {
        if (tensor.Layout != TensorLayout.Blocked || tensor.Shape[1] % 16 == 0) return;
        int[] shape = tensor.Shape;
        int used = shape[1] % 16, blocks = (shape[1] + 15) / 16;
        long pixels = (long)shape[2] * shape[3];
        for (long n = 0; n < shape[0]; n++)
            Clear(tensor.F32 + ((n + 1) * blocks - 1) * pixels * 16, pixels, used);
    }

    [MethodImpl(Compile.Loop)]
    private static void Clear(float* block, long pixels, int used)
    {
        for (long p = 0; p < pixels; p++, block += 16)
            for (int lane = used; lane < 16; lane++) block[lane] = 0f;
    }
}
