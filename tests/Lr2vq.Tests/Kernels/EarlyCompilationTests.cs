using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Kernels that are called only to be compiled stay within the zeros they are given.</summary>
public sealed unsafe class EarlyCompilationTests
{
    private const int Guard = 4096;

    [Fact]
    public void Every_tile_stays_within_the_zeros()
    {
        All<Lanes1, float>();
        if (Vector128.IsHardwareAccelerated) All<Lanes128, Vector128<float>>();
        if (Vector256.IsHardwareAccelerated) All<Lanes256, Vector256<float>>();
        if (Vector512.IsHardwareAccelerated) All<Lanes512, Vector512<float>>();

        static void All<L, V>() where L : struct, ILanes<V> where V : struct
        {
            for (int vectors = 1; vectors <= 4; vectors++)
                for (int pixels = 1; pixels <= (vectors <= 2 ? 14 : vectors == 3 ? 8 : 7); pixels++)
                {
                    Check<L, V, Step1>(vectors, pixels);
                    Check<L, V, Step2>(vectors, pixels);
                    Check<L, V, Step8>(vectors, pixels);
                    Check<L, V, Step16>(vectors, pixels);
                    Check<L, V, Step32>(vectors, pixels);
                }
        }

        static void Check<L, V, P>(int vectors, int pixels) where L : struct, ILanes<V> where V : struct where P : struct, IPixelStep =>
            Guarded(zeros => EarlyCompilation.Compile(Tiles.Find<L, V, P>(vectors, pixels), (float*)zeros));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Every_transform_stays_within_the_zeros(int outputs)
    {
        foreach (Isa isa in Enum.GetValues<Isa>()) Guarded(zeros => WinogradKernels.Find(outputs, isa).Compile((float*)zeros));
    }

    /// <summary>NaN before and after the zeros: they stay, and none is read.</summary>
    private static void Guarded(Action<nint> call)
    {
        float* memory = (float*)NativeMemory.AlignedAlloc((EarlyCompilation.Floats + 2 * Guard) * sizeof(float), 64);
        try
        {
            var all = new Span<float>(memory, EarlyCompilation.Floats + 2 * Guard);
            Span<float> zeros = all.Slice(Guard, EarlyCompilation.Floats);
            all.Fill(float.NaN);
            zeros.Clear();
            call((nint)(memory + Guard));
            Assert.Equal(-1, zeros.IndexOfAnyExcept(0f));
            Assert.Equal(-1, all[..Guard].IndexOfAnyExcept(float.NaN));
            Assert.Equal(-1, all[^Guard..].IndexOfAnyExcept(float.NaN));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
