using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lr2vq.Codecs;

/// <summary>Small integers in memory to vectors of floats.</summary>
internal static unsafe class Widen
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>As many signed bytes as <typeparamref name="V"/> has lanes.</summary>
    [MethodImpl(Inline)]
    public static V Load<V>(sbyte* source) where V : struct
    {
        if (typeof(V) == typeof(Vector512<float>))
            return As<Vector512<float>, V>(Avx512F.IsSupported
                ? Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(source)))
                : Vector512.Create(Eight(source), Eight(source + 8)));
        if (typeof(V) == typeof(Vector256<float>)) return As<Vector256<float>, V>(Eight(source));
        if (typeof(V) == typeof(Vector128<float>)) return As<Vector128<float>, V>(Four(source));
        return As<float, V>(*source);
    }

    /// <summary>As many unsigned bytes as <typeparamref name="V"/> has lanes.</summary>
    [MethodImpl(Inline)]
    public static V Load<V>(byte* source) where V : struct
    {
        if (typeof(V) == typeof(Vector512<float>))
            return As<Vector512<float>, V>(Avx512F.IsSupported
                ? Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(source)))
                : Vector512.Create(Eight(source), Eight(source + 8)));
        if (typeof(V) == typeof(Vector256<float>)) return As<Vector256<float>, V>(Eight(source));
        if (typeof(V) == typeof(Vector128<float>)) return As<Vector128<float>, V>(Four(source));
        return As<float, V>(*source);
    }

    /// <summary>As many signed 16-bit numbers as <typeparamref name="V"/> has lanes.</summary>
    [MethodImpl(Inline)]
    public static V Load<V>(short* source) where V : struct
    {
        if (typeof(V) == typeof(Vector512<float>))
            return As<Vector512<float>, V>(Avx512F.IsSupported
                ? Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector256.Load(source)))
                : Vector512.Create(Eight(source), Eight(source + 8)));
        if (typeof(V) == typeof(Vector256<float>)) return As<Vector256<float>, V>(Eight(source));
        if (typeof(V) == typeof(Vector128<float>)) return As<Vector128<float>, V>(Four(source));
        return As<float, V>(*source);
    }

    /// <summary>Eight signed bytes.</summary>
    [MethodImpl(Inline)]
    public static void Eight(sbyte* source, out Vector128<float> low, out Vector128<float> high) =>
        Eight(Vector128.WidenLower(Vector64.Load(source).ToVector128Unsafe()), out low, out high);

    /// <summary>Eight signed 16-bit numbers.</summary>
    [MethodImpl(Inline)]
    public static void Eight(short* source, out Vector128<float> low, out Vector128<float> high) => Eight(Vector128.Load(source), out low, out high);

    [MethodImpl(Inline)]
    private static void Eight(Vector128<short> values, out Vector128<float> low, out Vector128<float> high)
    {
        // In this order the second takes over the register.
        high = Vector128.ConvertToSingle(Vector128.WidenUpper(values));
        low = Vector128.ConvertToSingle(Vector128.WidenLower(values));
    }

    [MethodImpl(Inline)]
    private static Vector256<float> Eight(sbyte* source) => Avx2.IsSupported
        ? Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(source)).AsSByte()))
        : Vector256.Create(Four(source), Four(source + 4));

    [MethodImpl(Inline)]
    private static Vector256<float> Eight(byte* source) => Avx2.IsSupported
        ? Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(source)).AsByte()))
        : Vector256.Create(Four(source), Four(source + 4));

    [MethodImpl(Inline)]
    private static Vector256<float> Eight(short* source) => Avx2.IsSupported
        ? Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(Vector128.Load(source)))
        : Vector256.Create(Four(source), Four(source + 4));

    [MethodImpl(Inline)]
    private static Vector128<float> Four(sbyte* source) =>
        Four(Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(source)).AsSByte()));

    [MethodImpl(Inline)]
    private static Vector128<float> Four(byte* source) =>
        Four(Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(source)).AsByte()).AsInt16());

    [MethodImpl(Inline)]
    private static Vector128<float> Four(short* source) =>
        Four(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(source)).AsInt16());

    [MethodImpl(Inline)]
    private static Vector128<float> Four(Vector128<short> values) => Vector128.ConvertToSingle(Vector128.WidenLower(values));

    [MethodImpl(Inline)]
    private static V As<T, V>(T value) where T : struct where V : struct => Unsafe.As<T, V>(ref value);
}
