using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>A row of comparisons of floats. Every width gives the same bytes.</summary>
internal readonly unsafe struct ComparisonRow<TKernel>(float* a, float* b, byte* y, long stepA, long stepB, TKernel kernel) : IBroadcastRow
    where TKernel : struct, IComparison
{
    // Four vectors of flags are the bytes of one.
    private const int Flags = 16;
    private readonly bool _vectors = Vector128.IsHardwareAccelerated && Lanes.Isa >= Isa.Vector128;

    [MethodImpl(Compile.Loop)]
    public void Do(long* from, long to, long count)
    {
        float* p = a + from[0], q = b + from[1];
        byte* flags = y + to;
        long i = 0;
        if (_vectors)
            for (; i + Flags <= count; i += Flags)
            {
                Vector128<short> low = Vector128.Narrow(Four(p, q, i), Four(p, q, i + 4)), high = Vector128.Narrow(Four(p, q, i + 8), Four(p, q, i + 12));
                (Vector128.Narrow(low, high).AsByte() & Vector128<byte>.One).Store(flags + i);
            }
        for (; i < count; i++) flags[i] = kernel.Apply(p[i * stepA], q[i * stepB]) ? (byte)1 : (byte)0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<int> Four(float* p, float* q, long i)
    {
        Vector128<float> left = stepA == 0 ? Vector128.Create(*p) : Vector128.Load(p + i), right = stepB == 0 ? Vector128.Create(*q) : Vector128.Load(q + i);
        return kernel.Mask<Lanes128, Vector128<float>>(left, right).AsInt32();
    }
}
