using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Whole numbers in memory, in the order of panels, that become floats in registers.</summary>
internal interface ILevels
{
    /// <summary>What <see cref="At"/> takes for a coefficient of the basis.</summary>
    V ShiftOf<L, V>(int coefficient) where L : struct, ILanes<V> where V : struct;

    /// <summary>The levels of neighbouring rows.</summary>
    V At<L, V>(long index, V shift) where L : struct, ILanes<V> where V : struct;

    /// <summary>The levels of eight rows, for 128-bit vectors: one load. Two summands name the place, so that the second can be part of an instruction.</summary>
    void Eight(long index, int offset, Vector128<float> shift, out Vector128<float> low, out Vector128<float> high);
}

/// <summary>Levels of 8 bits.</summary>
internal readonly unsafe struct ByteLevels(sbyte* levels) : ILevels
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V ShiftOf<L, V>(int coefficient) where L : struct, ILanes<V> where V : struct => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V At<L, V>(long index, V shift) where L : struct, ILanes<V> where V : struct => Widen.Load<V>(levels + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Eight(long index, int offset, Vector128<float> shift, out Vector128<float> low, out Vector128<float> high) => Widen.Eight(levels + index + offset, out low, out high);
}

/// <summary>Levels of 16 bits.</summary>
internal readonly unsafe struct WideLevels(short* levels) : ILevels
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V ShiftOf<L, V>(int coefficient) where L : struct, ILanes<V> where V : struct => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V At<L, V>(long index, V shift) where L : struct, ILanes<V> where V : struct => Widen.Load<V>(levels + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Eight(long index, int offset, Vector128<float> shift, out Vector128<float> low, out Vector128<float> high) => Widen.Eight(levels + index + offset, out low, out high);
}

/// <summary>Levels of 8 bits that are moved towards 0: 16·level − sign(level)·shift.</summary>
internal readonly unsafe struct ShiftedLevels(sbyte* levels, float* shifts) : ILevels
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V ShiftOf<L, V>(int coefficient) where L : struct, ILanes<V> where V : struct => L.Broadcast(shifts + coefficient);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V At<L, V>(long index, V shift) where L : struct, ILanes<V> where V : struct
    {
        return Shifted<L, V>(Widen.Load<V>(levels + index), shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Eight(long index, int offset, Vector128<float> shift, out Vector128<float> low, out Vector128<float> high)
    {
        Widen.Eight(levels + index + offset, out Vector128<float> first, out Vector128<float> second);
        low = Shifted<Lanes128, Vector128<float>>(first, shift);
        high = Shifted<Lanes128, Vector128<float>>(second, shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Shifted<L, V>(V level, V shift) where L : struct, ILanes<V> where V : struct
    {
        // The shift with the level's sign bit, where the level is not 0.
        V signed = L.Or(L.And(level, L.Splat(-0f)), shift);
        return L.Sub(L.Mul(level, L.Splat(16f)), L.Select(L.Equal(level, L.Zero), L.Zero, signed));
    }
}
