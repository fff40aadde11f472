using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Codes straight to panels: sixteen neighbouring codes name sixteen rows, so four entries of each make four vectors of a panel.
/// The values are those of <see cref="DecodeRows"/>.</summary>
internal sealed unsafe partial class CodebookTensor
{
    /// <summary>How the code of a row becomes the address of its entry.</summary>
    private interface IEntryAddress
    {
        float* Of(byte* codes, int row, float* entries, nuint pitch);
    }

    /// <summary>A byte, and entries of 2^pitch bytes.</summary>
    private readonly struct ShiftedByte : IEntryAddress
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float* Of(byte* codes, int row, float* entries, nuint pitch) => (float*)((byte*)entries + ((nuint)codes[row] << (int)pitch));
    }

    /// <summary>A byte, and entries of pitch bytes.</summary>
    private readonly struct ScaledByte : IEntryAddress
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float* Of(byte* codes, int row, float* entries, nuint pitch) => (float*)((byte*)entries + codes[row] * pitch);
    }

    /// <summary>A word, and entries of pitch bytes.</summary>
    private readonly struct ScaledWord : IEntryAddress
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float* Of(byte* codes, int row, float* entries, nuint pitch) =>
            (float*)((byte*)entries + Unsafe.ReadUnaligned<ushort>(codes + 2 * row) * pitch);
    }

    private bool TryDecodePanel(int first, int firstInput, int inputs, float* panel)
    {
        if (first % PanelOrder.Lanes != 0 || Rows - first < PanelOrder.Lanes) return false;
        if (_order.Axis == SliceAxis.OutputChannel)
        {
            if (_stages.Length > 1 || _stages[0].Wide || _order.M is not (8 or 16)) return false;
            CopyRows(first, firstInput, inputs, panel);
            return true;
        }
        // Subvectors must not leave the panel at either end.
        int m = _order.M, taps = _order.Taps;
        bool spatial = _order.Axis == SliceAxis.Spatial;
        if (spatial ? firstInput * taps % m != 0 : firstInput % m != 0) return false;
        if (firstInput + inputs != Inputs && (spatial ? inputs * taps % m != 0 : inputs % m != 0)) return false;
        foreach (Stage stage in _stages)
            if (stage.Wide != _stages[0].Wide) return false;
        if (_isStraight && inputs % m == 0)
        {
            Isa isa = Lanes.Isa;
            if (Avx512F.IsSupported && isa == Isa.Vector512) Straight<CodeRows512>(first, firstInput, inputs, panel);
            else if (Avx.IsSupported && isa >= Isa.Vector256) Straight<CodeRows256>(first, firstInput, inputs, panel);
            else Straight<CodeRows128>(first, firstInput, inputs, panel);
            return true;
        }
        if (_stages[0].Wide) Transpose<ScaledWord>(first, firstInput, inputs, panel, (nuint)m * sizeof(float));
        else if (BitOperations.IsPow2(m)) Transpose<ShiftedByte>(first, firstInput, inputs, panel, (nuint)(BitOperations.Log2((uint)m) + 2));
        else Transpose<ScaledByte>(first, firstInput, inputs, panel, (nuint)m * sizeof(float));
        return true;
    }

    /// <summary>The common case without its questions: one stage of byte codes along the input channels, whole subvectors that lie
    /// together in a panel.</summary>
    private void Straight<T>(int first, int firstInput, int inputs, float* panel) where T : struct, ICodeRows
    {
        int m = _order.M, taps = _order.Taps;
        byte* codes = _stages[0].Codes + ((long)first * _order.Places + (long)firstInput / m * taps * PanelOrder.Lanes), entries = (byte*)_stages[0].Entries;
        float* ones = stackalloc float[PanelOrder.Lanes], scales = _scales == null ? ones : _scales + first;
        if (_scales == null) new Span<float>(ones, PanelOrder.Lanes).Fill(1f);
        if (taps == 1)
        {
            Run<T>(m, codes, entries, scales, panel, inputs / m, m * PanelOrder.Lanes);
            return;
        }
        for (int block = 0; block < inputs; block += PanelOrder.Lanes)
        {
            int lanes = Math.Min(PanelOrder.Lanes, inputs - block);
            for (int input = 0; input < lanes; input += m, codes += taps * PanelOrder.Lanes)
                Run<T>(m, codes, entries, scales, panel + input * PanelOrder.Lanes, taps, lanes * PanelOrder.Lanes);
            panel += lanes * taps * PanelOrder.Lanes;
        }
    }

    // A method for each length, because the JIT compiles only what is called.

    /// <param name="places">Subvectors of sixteen rows.</param>
    /// <param name="step">Floats from one to the next.</param>
    private static void Run<T>(int m, byte* codes, byte* entries, float* scales, float* to, nint places, nint step) where T : struct, ICodeRows
    {
        byte* end = codes + places * PanelOrder.Lanes;
        if (m == 4) Fours<T>(codes, end, entries, scales, to, step);
        else if (m == 8) Eights<T>(codes, end, entries, scales, to, step);
        else Sixteens<T>(codes, end, entries, scales, to, step);
    }

    [MethodImpl(Compile.Loop)]
    private static void Fours<T>(byte* codes, byte* end, byte* entries, float* scales, float* to, nint step) where T : struct, ICodeRows
    {
        for (; codes < end; codes += PanelOrder.Lanes, to += step) T.Four(codes, entries, 4, scales, to);
    }

    [MethodImpl(Compile.Loop)]
    private static void Eights<T>(byte* codes, byte* end, byte* entries, float* scales, float* to, nint step) where T : struct, ICodeRows
    {
        for (; codes < end; codes += PanelOrder.Lanes, to += step) T.Eight(codes, entries, 5, scales, to);
    }

    [MethodImpl(Compile.Loop)]
    private static void Sixteens<T>(byte* codes, byte* end, byte* entries, float* scales, float* to, nint step) where T : struct, ICodeRows
    {
        for (; codes < end; codes += PanelOrder.Lanes, to += step)
        {
            T.Eight(codes, entries, 6, scales, to);
            T.Eight(codes, entries + 32, 6, scales, to + 128);
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Transpose<TAddress>(int first, int firstInput, int inputs, float* panel, nuint pitch) where TAddress : struct, IEntryAddress
    {
        int m = _order.M, taps = _order.Taps, width = _stages[0].Wide ? 2 : 1;
        bool spatial = _order.Axis == SliceAxis.Spatial;
        int places = spatial ? (inputs * taps + m - 1) / m : (inputs + m - 1) / m * taps;
        long code = ((long)first * _order.Places + (long)(spatial ? firstInput * taps / m : firstInput / m * taps) * PanelOrder.Lanes) * width;
        float* scales = _scales == null ? null : _scales + first;
        float* unused = stackalloc float[PanelOrder.Lanes];
        float** to = stackalloc float*[4];
        var order = new PanelOrder(PanelOrder.Lanes, inputs, taps);
        bool straight = !spatial && PanelOrder.Lanes % m == 0;
        for (int place = 0; place < places; place++, code += PanelOrder.Lanes * width)
        {
            int input = spatial ? place * m / taps : place / taps * m, tap = spatial ? place * m % taps : place % taps;
            int length = spatial ? Math.Min(m, inputs * taps - place * m) : Math.Min(m, inputs - input);
            float* at = straight ? panel + order.VectorOf(input, tap) * PanelOrder.Lanes : null;
            for (int t = 0; t < length; t += 4)
            {
                for (int i = 0; i < 4; i++)
                {
                    if (t + i >= length) to[i] = unused;
                    else if (straight) to[i] = at + (t + i) * PanelOrder.Lanes;
                    else
                    {
                        to[i] = panel + order.VectorOf(input, tap) * PanelOrder.Lanes;
                        if (!spatial || ++tap == taps) input++;
                        if (spatial && tap == taps) tap = 0;
                    }
                }
                if (Avx512F.IsSupported) Quad512<TAddress>(code, t, pitch, scales, to);
                else Quad128<TAddress>(code, t, pitch, scales, to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Quad512<TAddress>(long code, int t, nuint pitch, float* scales, float** to) where TAddress : struct, IEntryAddress
    {
        TAddress address = default;
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int s = 0; s < _stages.Length; s++)
        {
            byte* codes = _stages[s].Codes + code;
            float* entries = _stages[s].Entries + t;
            Vector512<float> a1 = Four(address, codes, 0, entries, pitch), b1 = Four(address, codes, 1, entries, pitch);
            Vector512<float> c1 = Four(address, codes, 2, entries, pitch), d1 = Four(address, codes, 3, entries, pitch);
            (a, b, c, d) = s == 0 ? (a1, b1, c1, d1) : (a + a1, b + b1, c + c1, d + d1);
        }
        Vector512<double> t0 = Avx512F.UnpackLow(a, b).AsDouble(), t1 = Avx512F.UnpackHigh(a, b).AsDouble();
        Vector512<double> t2 = Avx512F.UnpackLow(c, d).AsDouble(), t3 = Avx512F.UnpackHigh(c, d).AsDouble();
        Vector512<float> v0 = Avx512F.UnpackLow(t0, t2).AsSingle(), v1 = Avx512F.UnpackHigh(t0, t2).AsSingle();
        Vector512<float> v2 = Avx512F.UnpackLow(t1, t3).AsSingle(), v3 = Avx512F.UnpackHigh(t1, t3).AsSingle();
        if (scales != null)
        {
            Vector512<float> scale = Vector512.Load(scales);
            (v0, v1, v2, v3) = (v0 * scale, v1 * scale, v2 * scale, v3 * scale);
        }
        v0.Store(to[0]);
        v1.Store(to[1]);
        v2.Store(to[2]);
        v3.Store(to[3]);
    }

    /// <summary>Four floats of the entries of rows r, r + 4, r + 8 and r + 12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Four<TAddress>(TAddress address, byte* codes, int r, float* entries, nuint pitch) where TAddress : struct, IEntryAddress
    {
        Vector512<float> v = Vector128.Load(address.Of(codes, r, entries, pitch)).ToVector256Unsafe().ToVector512Unsafe();
        v = Avx512F.InsertVector128(v, Vector128.Load(address.Of(codes, r + 4, entries, pitch)), 1);
        v = Avx512F.InsertVector128(v, Vector128.Load(address.Of(codes, r + 8, entries, pitch)), 2);
        return Avx512F.InsertVector128(v, Vector128.Load(address.Of(codes, r + 12, entries, pitch)), 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Quad128<TAddress>(long code, int t, nuint pitch, float* scales, float** to) where TAddress : struct, IEntryAddress
    {
        TAddress address = default;
        for (int r = 0; r < PanelOrder.Lanes; r += 4)
        {
            Vector128<float> a = default, b = default, c = default, d = default;
            for (int s = 0; s < _stages.Length; s++)
            {
                byte* codes = _stages[s].Codes + code;
                float* entries = _stages[s].Entries + t;
                Vector128<float> a1 = Vector128.Load(address.Of(codes, r, entries, pitch)), b1 = Vector128.Load(address.Of(codes, r + 1, entries, pitch));
                Vector128<float> c1 = Vector128.Load(address.Of(codes, r + 2, entries, pitch)), d1 = Vector128.Load(address.Of(codes, r + 3, entries, pitch));
                (a, b, c, d) = s == 0 ? (a1, b1, c1, d1) : (a + a1, b + b1, c + c1, d + d1);
            }
            Transpose16.Four(a, b, c, d, out Vector128<float> v0, out Vector128<float> v1, out Vector128<float> v2, out Vector128<float> v3);
            if (scales != null)
            {
                Vector128<float> scale = Vector128.Load(scales + r);
                (v0, v1, v2, v3) = (v0 * scale, v1 * scale, v2 * scale, v3 * scale);
            }
            v0.Store(to[0] + r);
            v1.Store(to[1] + r);
            v2.Store(to[2] + r);
            v3.Store(to[3] + r);
        }
    }

    /// <summary>Subvectors of 8 or 16 output channels are halves or wholes of a vector.</summary>
    [MethodImpl(Compile.Loop)]
    private void CopyRows(int first, int firstInput, int inputs, float* panel)
    {
        int m = _order.M, taps = _order.Taps;
        var order = new PanelOrder(PanelOrder.Lanes, inputs, taps);
        float* entries = _stages[0].Entries;
        for (int lane = 0; lane < PanelOrder.Lanes; lane += m)
        {
            byte* codes = _stages[0].Codes + _order.IndexOf(first + lane, firstInput * taps);
            float* scales = _scales == null ? null : _scales + first + lane;
            for (int block = 0; block < inputs; block += PanelOrder.Lanes)
            {
                int lanes = Math.Min(PanelOrder.Lanes, inputs - block);
                for (int i = 0; i < lanes; i++)
                    for (int tap = 0; tap < taps; tap++, codes++)
                    {
                        float* from = entries + *codes * m, to = panel + ((long)block * taps + tap * lanes + i) * PanelOrder.Lanes + lane;
                        for (int t = 0; t < m; t += 8)
                        {
                            Vector256<float> value = Vector256.Load(from + t);
                            (scales == null ? value : value * Vector256.Load(scales + t)).Store(to + t);
                        }
                    }
            }
        }
    }
}
