using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Compression.Methods;

/// <summary>a·b + c rounded once, on every machine: what decides a stored byte may not depend on the instruction set. Slow, but right,
/// where hardware has no such instruction.</summary>
internal static class ExactFma
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V>(V a, V b, V c) where V : struct
    {
        if (typeof(V) == typeof(Vector512<float>))
            return As<Vector512<float>, V>(Vector512.FusedMultiplyAdd(As<V, Vector512<float>>(a), As<V, Vector512<float>>(b), As<V, Vector512<float>>(c)));
        if (typeof(V) == typeof(Vector256<float>))
            return As<Vector256<float>, V>(Vector256.FusedMultiplyAdd(As<V, Vector256<float>>(a), As<V, Vector256<float>>(b), As<V, Vector256<float>>(c)));
        if (typeof(V) == typeof(Vector128<float>))
            return As<Vector128<float>, V>(Vector128.FusedMultiplyAdd(As<V, Vector128<float>>(a), As<V, Vector128<float>>(b), As<V, Vector128<float>>(c)));
        return As<float, V>(MathF.FusedMultiplyAdd(As<V, float>(a), As<V, float>(b), As<V, float>(c)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo As<TFrom, TTo>(TFrom value) where TFrom : struct where TTo : struct => Unsafe.As<TFrom, TTo>(ref value);
}
