using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Lr2vq.Kernels;

/// <summary>Lets the JIT compile kernels that will soon be called, on another thread, while a model is still being prepared: a register
/// tile takes as long to compile as a small network to run. A kernel is compiled by calling it with nothing to do but a few zeros.</summary>
/// <remarks>Nothing happens in programs that were compiled ahead, or where there is only one processor.</remarks>
internal static unsafe class EarlyCompilation
{
    /// <summary>Zeros that a kernel may read and write, in floats.</summary>
    public const int Floats = 2048;

    private static readonly object s_lock = new();
    private static Kernel[] s_kernels = new Kernel[64];
    private static int s_count, s_done;
    private static bool s_works;

    /// <summary>True if kernels named here are compiled.</summary>
    public static bool IsUseful { get; } = RuntimeFeature.IsDynamicCodeCompiled && Environment.ProcessorCount > 1;

    /// <param name="kernel">Calls kernels with <see cref="Floats"/> zeros, aligned to 64 bytes.</param>
    public static void Add(delegate*<float*, void> kernel) => Add((nint)kernel, isTile: false);

    public static void Add(delegate*<Tile*, void> tile) => Add((nint)tile, isTile: true);

    private static void Add(nint kernel, bool isTile)
    {
        if (!IsUseful) return;
        lock (s_lock)
        {
            for (int i = 0; i < s_count; i++)
                if (s_kernels[i].Address == kernel) return;
            if (s_count == s_kernels.Length) Array.Resize(ref s_kernels, 2 * s_count);
            s_kernels[s_count++] = new Kernel { Address = kernel, IsTile = isTile };
            if (s_works) return;
            s_works = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static _ => CompileAll(), null);
    }

    private static void CompileAll()
    {
        float* zeros = (float*)NativeMemory.AlignedAlloc(Floats * sizeof(float), 64);
        while (TryNext(out Kernel next))
        {
            NativeMemory.Clear(zeros, Floats * sizeof(float));
            if (next.IsTile) Compile((delegate*<Tile*, void>)next.Address, zeros);
            else ((delegate*<float*, void>)next.Address)(zeros);
        }
        NativeMemory.AlignedFree(zeros);
    }

    private static bool TryNext(out Kernel next)
    {
        lock (s_lock)
        {
            s_works = s_done < s_count;
            next = s_works ? s_kernels[s_done++] : default;
            return s_works;
        }
    }

    /// <summary>One step of one tile, whose blocks of output channels and pixels are all the same.</summary>
    internal static void Compile(delegate*<Tile*, void> kernel, float* zeros)
    {
        var tile = new Tile
        {
            X = zeros, W = zeros, Bias = zeros, Y = zeros, Offsets = (int*)zeros,
            Count = 1, Outer = 1, Middle = 1, Inner = 1, Steps = 1, LastSteps = 1,
        };
        kernel(&tile);
    }

    private struct Kernel
    {
        public nint Address;
        public bool IsTile;
    }
}
