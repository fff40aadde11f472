using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Lr2vq.Kernels;

/// <summary>Sixteen rows to vectors of sixteen lanes and back: what lies between row-major memory and blocked tensors or weight panels.
/// Every width gives the same bytes.</summary>
internal static unsafe class Transpose16
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const MethodImplOptions Optimize = Compile.Loop;

    /// <summary>destination[c·16 + r] = source[r·stride + c] for c &lt; columns, r &lt; rows; lanes from <paramref name="rows"/> on are 0.</summary>
    /// <param name="ahead">Where the rows of the next call lie, counted from these; 0 if that is not known. Sixteen short streams are more
    /// than the machine foresees by itself.</param>
    [MethodImpl(Optimize)]
    public static void ToLanes(float* source, long stride, int rows, long columns, float* destination, long ahead = 0)
    {
        if (rows < 16)
        {
            ToLanesPartly(source, stride, rows, columns, destination);
            return;
        }
        long c = 0;
        for (; c + 4 <= columns; c += 4)
        {
            float* from = source + c, to = destination + c * 16;
            if (ahead != 0 && Sse.IsSupported)
            {
                float* next = from + ((c >> 2) & 3) * 4 * stride + ahead;
                Sse.Prefetch1(next);
                Sse.Prefetch1(next + stride);
                Sse.Prefetch1(next + 2 * stride);
                Sse.Prefetch1(next + 3 * stride);
            }
            Quad(from, stride, to, to + 16, to + 32, to + 48);
        }
        for (; c < columns; c++) Column(source + c, stride, destination + c * 16);
    }

    /// <summary>The inverse: destination[r·stride + c] = source[c·16 + r] for c &lt; columns, r &lt; rows.</summary>
    [MethodImpl(Optimize)]
    public static void FromLanes(float* source, long columns, int rows, float* destination, long stride)
    {
        int fours = rows & ~3;
        long c = 0;
        for (; c + 4 <= columns; c += 4)
        {
            float* from = source + c * 16;
            for (int r = 0; r < fours; r += 4)
            {
                float* to = destination + r * stride + c;
                Four(Vector128.Load(from + r), Vector128.Load(from + 16 + r), Vector128.Load(from + 32 + r), Vector128.Load(from + 48 + r),
                    out Vector128<float> r0, out Vector128<float> r1, out Vector128<float> r2, out Vector128<float> r3);
                r0.Store(to);
                r1.Store(to + stride);
                r2.Store(to + 2 * stride);
                r3.Store(to + 3 * stride);
            }
            for (int r = fours; r < rows; r++)
                for (int i = 0; i < 4; i++) destination[r * stride + c + i] = from[i * 16 + r];
        }
        for (; c < columns; c++)
            for (int r = 0; r < rows; r++) destination[r * stride + c] = source[c * 16 + r];
    }

    /// <summary>Sixteen rows of weights, columns in the order (input channel, tap), to a panel in the order of
    /// <see cref="Codecs.WeightTensor.DecodePanel16"/>.</summary>
    [MethodImpl(Optimize)]
    public static void ToPanel(float* rows, long stride, int inputs, int taps, float* panel)
    {
        float** quad = stackalloc float*[4];
        for (int block = 0; block < inputs; block += 16)
        {
            int lanes = Math.Min(16, inputs - block);
            float* from = rows + (long)block * taps, to = panel + (long)block * taps * 16;
            if (taps == 1)
            {
                ToLanes(from, stride, 16, lanes, to, 16 * stride);
                continue;
            }
            long next = lanes * 16L;
            int tap = 0, input = 0, columns = lanes * taps, c = 0;
            float* at = to;
            for (; c < columns; c += 4)
            {
                int count = Math.Min(4, columns - c);
                for (int i = 0; i < count; i++)
                {
                    quad[i] = at;
                    at += next;
                    if (++tap < taps) continue;
                    tap = 0;
                    at = to + ++input * 16;
                }
                if (count == 4) Quad(from + c, stride, quad[0], quad[1], quad[2], quad[3]);
                else
                    for (int i = 0; i < count; i++) Column(from + c + i, stride, quad[i]);
            }
        }
    }

    private static void ToLanesPartly(float* source, long stride, int rows, long columns, float* destination)
    {
        new Span<float>(destination, checked((int)(columns * 16))).Clear();
        for (int r = 0; r < rows; r++)
        {
            float* from = source + r * stride, to = destination + r;
            for (long c = 0; c < columns; c++) to[c * 16] = from[c];
        }
    }

    [MethodImpl(Inline)]
    private static void Column(float* source, long stride, float* to)
    {
        for (int r = 0; r < 16; r++) to[r] = source[r * stride];
    }

    /// <summary>Four columns of sixteen rows.</summary>
    [MethodImpl(Inline)]
    private static void Quad(float* s, long stride, float* to0, float* to1, float* to2, float* to3)
    {
        long s4 = stride * 4;
        if (Avx512F.IsSupported)
        {
            Vector512<float> a = Spread(s, s4), b = Spread(s + stride, s4), c = Spread(s + 2 * stride, s4), d = Spread(s + 3 * stride, s4);
            Vector512<double> t0 = Avx512F.UnpackLow(a, b).AsDouble(), t1 = Avx512F.UnpackHigh(a, b).AsDouble();
            Vector512<double> t2 = Avx512F.UnpackLow(c, d).AsDouble(), t3 = Avx512F.UnpackHigh(c, d).AsDouble();
            Avx512F.UnpackLow(t0, t2).AsSingle().Store(to0);
            Avx512F.UnpackHigh(t0, t2).AsSingle().Store(to1);
            Avx512F.UnpackLow(t1, t3).AsSingle().Store(to2);
            Avx512F.UnpackHigh(t1, t3).AsSingle().Store(to3);
            return;
        }
        for (int r = 0; r < 16; r += 4, s += s4)
        {
            Four(Vector128.Load(s), Vector128.Load(s + stride), Vector128.Load(s + 2 * stride), Vector128.Load(s + 3 * stride),
                out Vector128<float> c0, out Vector128<float> c1, out Vector128<float> c2, out Vector128<float> c3);
            c0.Store(to0 + r);
            c1.Store(to1 + r);
            c2.Store(to2 + r);
            c3.Store(to3 + r);
        }
    }

    /// <summary>Four floats of rows 0, 4, 8 and 12 (rows <paramref name="s4"/> / 4 apart).</summary>
    [MethodImpl(Inline)]
    private static Vector512<float> Spread(float* s, long s4)
    {
        Vector512<float> v = Vector128.Load(s).ToVector256Unsafe().ToVector512Unsafe();
        v = Avx512F.InsertVector128(v, Vector128.Load(s + s4), 1);
        v = Avx512F.InsertVector128(v, Vector128.Load(s + 2 * s4), 2);
        return Avx512F.InsertVector128(v, Vector128.Load(s + 3 * s4), 3);
    }

    /// <summary>Transposes four vectors of four.</summary>
    [MethodImpl(Inline)]
    public static void Four(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d,
        out Vector128<float> c0, out Vector128<float> c1, out Vector128<float> c2, out Vector128<float> c3)
    {
        if (Sse2.IsSupported)
        {
            Vector128<float> t0 = Sse.UnpackLow(a, b), t1 = Sse.UnpackHigh(a, b), t2 = Sse.UnpackLow(c, d), t3 = Sse.UnpackHigh(c, d);
            c0 = Sse.MoveLowToHigh(t0, t2);
            c1 = Sse.MoveHighToLow(t2, t0);
            c2 = Sse.MoveLowToHigh(t1, t3);
            c3 = Sse.MoveHighToLow(t3, t1);
        }
        else if (AdvSimd.Arm64.IsSupported)
        {
            Vector128<double> t0 = AdvSimd.Arm64.ZipLow(a, b).AsDouble(), t1 = AdvSimd.Arm64.ZipHigh(a, b).AsDouble();
            Vector128<double> t2 = AdvSimd.Arm64.ZipLow(c, d).AsDouble(), t3 = AdvSimd.Arm64.ZipHigh(c, d).AsDouble();
            c0 = AdvSimd.Arm64.ZipLow(t0, t2).AsSingle();
            c1 = AdvSimd.Arm64.ZipHigh(t0, t2).AsSingle();
            c2 = AdvSimd.Arm64.ZipLow(t1, t3).AsSingle();
            c3 = AdvSimd.Arm64.ZipHigh(t1, t3).AsSingle();
        }
        else
        {
            c0 = Vector128.Create(a.GetElement(0), b.GetElement(0), c.GetElement(0), d.GetElement(0));
            c1 = Vector128.Create(a.GetElement(1), b.GetElement(1), c.GetElement(1), d.GetElement(1));
            c2 = Vector128.Create(a.GetElement(2), b.GetElement(2), c.GetElement(2), d.GetElement(2));
            c3 = Vector128.Create(a.GetElement(3), b.GetElement(3), c.GetElement(3), d.GetElement(3));
        }
    }
}
