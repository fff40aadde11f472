using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Byte codes to vectors of a panel in one width of vectors: sixteen neighbouring codes name the entries of sixteen rows, whose
/// first numbers, times the scales of the rows, make the first vector, and so on.</summary>
/// <remarks>Addresses are formed from unsigned bytes, so that each costs a load and a shift; and before the first store, after which the
/// codes would be read again. The shift of an entry is log₂ of its bytes.</remarks>
internal unsafe interface ICodeRows
{
    /// <summary>The first four numbers of the entries.</summary>
    static abstract void Four(byte* codes, byte* entries, int shift, float* scales, float* to);

    /// <summary>The first eight.</summary>
    static abstract void Eight(byte* codes, byte* entries, int shift, float* scales, float* to);
}

/// <summary>All sixteen rows at once.</summary>
internal unsafe struct CodeRows512 : ICodeRows
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public static void Four(byte* codes, byte* entries, int shift, float* scales, float* to) =>
        Store(Quarters(codes, entries, shift), Quarters(codes + 1, entries, shift), Quarters(codes + 2, entries, shift), Quarters(codes + 3, entries, shift),
            Vector512.Load(scales), to);

    [MethodImpl(Inline)]
    public static void Eight(byte* codes, byte* entries, int shift, float* scales, float* to)
    {
        Quarters(codes, entries, shift, out Vector512<float> a0, out Vector512<float> a1);
        Quarters(codes + 1, entries, shift, out Vector512<float> b0, out Vector512<float> b1);
        Quarters(codes + 2, entries, shift, out Vector512<float> c0, out Vector512<float> c1);
        Quarters(codes + 3, entries, shift, out Vector512<float> d0, out Vector512<float> d1);
        Vector512<float> scale = Vector512.Load(scales);
        Store(a0, b0, c0, d0, scale, to);
        Store(a1, b1, c1, d1, scale, to + 64);
    }

    /// <summary>Rows 0, 4, 8 and 12.</summary>
    [MethodImpl(Inline)]
    private static Vector512<float> Quarters(byte* codes, byte* entries, int shift) => Join(
        entries + ((nuint)codes[0] << shift), entries + ((nuint)codes[4] << shift), entries + ((nuint)codes[8] << shift), entries + ((nuint)codes[12] << shift));

    [MethodImpl(Inline)]
    private static void Quarters(byte* codes, byte* entries, int shift, out Vector512<float> low, out Vector512<float> high)
    {
        nuint a = (nuint)codes[0] << shift, b = (nuint)codes[4] << shift, c = (nuint)codes[8] << shift, d = (nuint)codes[12] << shift;
        low = Join(entries + a, entries + b, entries + c, entries + d);
        entries += 16;
        high = Join(entries + a, entries + b, entries + c, entries + d);
    }

    [MethodImpl(Inline)]
    private static Vector512<float> Join(byte* a, byte* b, byte* c, byte* d)
    {
        Vector512<float> v = Vector128.Load((float*)a).ToVector256Unsafe().ToVector512Unsafe();
        v = Avx512F.InsertVector128(v, Vector128.Load((float*)b), 1);
        v = Avx512F.InsertVector128(v, Vector128.Load((float*)c), 2);
        return Avx512F.InsertVector128(v, Vector128.Load((float*)d), 3);
    }

    [MethodImpl(Inline)]
    private static void Store(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, Vector512<float> scale, float* to)
    {
        Vector512<double> t0 = Avx512F.UnpackLow(a, b).AsDouble(), t1 = Avx512F.UnpackHigh(a, b).AsDouble();
        Vector512<double> t2 = Avx512F.UnpackLow(c, d).AsDouble(), t3 = Avx512F.UnpackHigh(c, d).AsDouble();
        (Avx512F.UnpackLow(t0, t2).AsSingle() * scale).Store(to);
        (Avx512F.UnpackHigh(t0, t2).AsSingle() * scale).Store(to + 16);
        (Avx512F.UnpackLow(t1, t3).AsSingle() * scale).Store(to + 32);
        (Avx512F.UnpackHigh(t1, t3).AsSingle() * scale).Store(to + 48);
    }
}

/// <summary>Eight rows, twice.</summary>
internal unsafe struct CodeRows256 : ICodeRows
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public static void Four(byte* codes, byte* entries, int shift, float* scales, float* to)
    {
        for (int half = 0; half < 16; half += 8, codes += 8, scales += 8, to += 8)
        {
            nuint c0 = (nuint)codes[0] << shift, c1 = (nuint)codes[1] << shift, c2 = (nuint)codes[2] << shift, c3 = (nuint)codes[3] << shift;
            nuint c4 = (nuint)codes[4] << shift, c5 = (nuint)codes[5] << shift, c6 = (nuint)codes[6] << shift, c7 = (nuint)codes[7] << shift;
            Vector256<float> scale = Vector256.Load(scales);
            Store(Join(entries + c0, entries + c4), Join(entries + c1, entries + c5), Join(entries + c2, entries + c6), Join(entries + c3, entries + c7), scale, to);
        }
    }

    [MethodImpl(Inline)]
    public static void Eight(byte* codes, byte* entries, int shift, float* scales, float* to)
    {
        byte* high = entries + 16;
        for (int half = 0; half < 16; half += 8, codes += 8, scales += 8, to += 8)
        {
            nuint c0 = (nuint)codes[0] << shift, c1 = (nuint)codes[1] << shift, c2 = (nuint)codes[2] << shift, c3 = (nuint)codes[3] << shift;
            nuint c4 = (nuint)codes[4] << shift, c5 = (nuint)codes[5] << shift, c6 = (nuint)codes[6] << shift, c7 = (nuint)codes[7] << shift;
            Vector256<float> scale = Vector256.Load(scales);
            Store(Join(entries + c0, entries + c4), Join(entries + c1, entries + c5), Join(entries + c2, entries + c6), Join(entries + c3, entries + c7), scale, to);
            Store(Join(high + c0, high + c4), Join(high + c1, high + c5), Join(high + c2, high + c6), Join(high + c3, high + c7), scale, to + 64);
        }
    }

    [MethodImpl(Inline)]
    private static Vector256<float> Join(byte* a, byte* b) => Avx.InsertVector128(Vector128.Load((float*)a).ToVector256Unsafe(), Vector128.Load((float*)b), 1);

    [MethodImpl(Inline)]
    private static void Store(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, Vector256<float> scale, float* to)
    {
        Vector256<double> t0 = Avx.UnpackLow(a, b).AsDouble(), t1 = Avx.UnpackHigh(a, b).AsDouble();
        Vector256<double> t2 = Avx.UnpackLow(c, d).AsDouble(), t3 = Avx.UnpackHigh(c, d).AsDouble();
        (Avx.UnpackLow(t0, t2).AsSingle() * scale).Store(to);
        (Avx.UnpackHigh(t0, t2).AsSingle() * scale).Store(to + 16);
        (Avx.UnpackLow(t1, t3).AsSingle() * scale).Store(to + 32);
        (Avx.UnpackHigh(t1, t3).AsSingle() * scale).Store(to + 48);
    }
}

/// <summary>Four rows, four times.</summary>
internal unsafe struct CodeRows128 : ICodeRows
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public static void Four(byte* codes, byte* entries, int shift, float* scales, float* to)
    {
        for (int quarter = 0; quarter < 16; quarter += 4, codes += 4, scales += 4, to += 4)
        {
            nuint a = (nuint)codes[0] << shift, b = (nuint)codes[1] << shift, c = (nuint)codes[2] << shift, d = (nuint)codes[3] << shift;
            Vector128<float> scale = Vector128.Load(scales);
            Store(entries + a, entries + b, entries + c, entries + d, scale, to);
        }
    }

    [MethodImpl(Inline)]
    public static void Eight(byte* codes, byte* entries, int shift, float* scales, float* to)
    {
        byte* high = entries + 16;
        for (int quarter = 0; quarter < 16; quarter += 4, codes += 4, scales += 4, to += 4)
        {
            nuint a = (nuint)codes[0] << shift, b = (nuint)codes[1] << shift, c = (nuint)codes[2] << shift, d = (nuint)codes[3] << shift;
            Vector128<float> scale = Vector128.Load(scales);
            Store(entries + a, entries + b, entries + c, entries + d, scale, to);
            Store(high + a, high + b, high + c, high + d, scale, to + 64);
        }
    }

    [MethodImpl(Inline)]
    private static void Store(byte* a, byte* b, byte* c, byte* d, Vector128<float> scale, float* to)
    {
        Transpose16.Four(Vector128.Load((float*)a), Vector128.Load((float*)b), Vector128.Load((float*)c), Vector128.Load((float*)d),
            out Vector128<float> v0, out Vector128<float> v1, out Vector128<float> v2, out Vector128<float> v3);
        (v0 * scale).Store(to);
        (v1 * scale).Store(to + 16);
        (v2 * scale).Store(to + 32);
        (v3 * scale).Store(to + 48);
    }
}
