using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>a + b.</summary>
internal readonly struct AddKernel : IBinaryKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Add(a, b);
}
