namespace Lr2vq.Kernels;

/// <summary>Counts of floats, rounded up to whole cache lines: parts of scratch memory then begin where vectors are aligned.</summary>
internal static class CacheLines
{
    private const int Floats = 16;

    public static long Up(long floats) => (floats + Floats - 1) & ~(Floats - 1L);

    public static int Up(int floats) => (floats + Floats - 1) & ~(Floats - 1);
}
