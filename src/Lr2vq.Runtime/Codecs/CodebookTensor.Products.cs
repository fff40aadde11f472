using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>One vector times a matrix of codes: subvectors of x times the entries that the codes name, nothing decoded in between.</summary>
internal sealed unsafe partial class CodebookTensor
{
    /// <summary>The codes that are multiplied directly: these, or those of the narrower matrix behind a projection; null if there are none.</summary>
    private CodebookTensor? Direct => _projected is { Narrow: CodebookTensor narrow, D: <= 16 } && narrow.IsDirect ? narrow : IsDirect ? this : null;

    /// <summary>Whole subvectors along a row, of a length that vectors divide, named by bytes.</summary>
    private bool IsDirect
    {
        get
        {
            if (_order.Axis == SliceAxis.OutputChannel || _order.Taps != 1 || _order.M < 4 || !BitOperations.IsPow2(_order.M) || Inputs % _order.M != 0) return false;
            foreach (Stage stage in _stages)
                if (stage.Wide) return false;
            return true;
        }
    }

    public override bool HasProducts => Direct is not null;

    public override float* ForProducts(float* x, float* scratch, Isa isa)
    {
        if (Direct is null || Direct == this) return x;
        ProjectedWeight projected = _projected!;
        int groups = Inputs / projected.M, d = projected.D;
        float* transposed = scratch + (long)groups * d;
        for (int i = 0; i < d * projected.M; i++) transposed[i % projected.M * d + i / projected.M] = projected.Basis[i];
        if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128)
            Project<Lanes128, Vector128<float>>(x, groups, projected.M, d, transposed, scratch);
        else Project<Lanes1, float>(x, groups, projected.M, d, transposed, scratch);
        return scratch;
    }

    public override void AddProducts(float* x, float* y, int first, int count, Isa isa) => Direct!.AddRows(x, y, first, count, isa);

    private void AddRows(float* x, float* y, int first, int count, Isa isa)
    {
        for (int s = 0; s < _stages.Length; s++)
        {
            if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && _order.M >= 16) AddRows<Lanes512, Vector512<float>>(s, x, y, first, count);
            else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && _order.M >= 8) AddRows<Lanes256, Vector256<float>>(s, x, y, first, count);
            else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) AddRows<Lanes128, Vector128<float>>(s, x, y, first, count);
            else AddRows<Lanes1, float>(s, x, y, first, count);
        }
    }

    /// <summary>y [group][d] = x [group][m] · basis [m][d].</summary>
    [MethodImpl(Compile.Loop)]
    private static void Project<L, V>(float* x, int groups, int m, int d, float* basis, float* y) where L : struct, ILanes<V> where V : struct
    {
        for (int g = 0; g < groups; g++, x += m, y += d)
            for (int c = 0; c < d; c += L.Count)
            {
                V even = L.Zero, odd = even;
                float* b = basis + c;
                int t = 0;
                for (; t + 2 <= m; t += 2, b += 2 * d)
                {
                    even = L.Fma(L.Broadcast(x + t), L.Load(b), even);
                    odd = L.Fma(L.Broadcast(x + t + 1), L.Load(b + d), odd);
                }
                if (t < m) even = L.Fma(L.Broadcast(x + t), L.Load(b), even);
                L.Store(L.Add(even, odd), y + c);
            }
    }

    private void AddRows<L, V>(int stage, float* x, float* y, int first, int count) where L : struct, ILanes<V> where V : struct
    {
        byte* codes = _stages[stage].Codes;
        float* entries = _stages[stage].Entries, sums = stackalloc float[8];
        for (int end = first + count; first < end; first += PanelOrder.Lanes)
        {
            int lanes = Math.Min(PanelOrder.Lanes, Rows - first);
            for (int lane = 0; lane < lanes;)
            {
                int rows = lane + 8 <= lanes ? 8 : 1, row = first + lane;
                byte* from = codes + _order.IndexOf(row, 0);
                if (rows == 8) Eight<L, V>(from, lanes, entries, _order.M, _order.Places, x, sums);
                else One<L, V>(from, lanes, entries, _order.M, _order.Places, x, sums);
                for (int i = 0; i < rows; i++) y[row + i] += _scales == null ? sums[i] : _scales[row + i] * sums[i];
                lane += rows;
            }
        }
    }

    /// <summary>Eight neighbouring rows, whose codes lie together.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Eight<L, V>(byte* codes, nint lanes, float* entries, int m, int places, float* x, float* sums) where L : struct, ILanes<V> where V : struct
    {
        V s0 = L.Zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        int shift = BitOperations.Log2((uint)m) + 2;
        for (; places > 0; places--, codes += lanes)
        {
            byte* end = (byte*)entries + m * sizeof(float);
            for (byte* e = (byte*)entries; e < end; e += L.Count * sizeof(float), x += L.Count)
            {
                V v = L.Load(x);
                s0 = L.Fma(v, L.Load((float*)(e + ((nuint)codes[0] << shift))), s0);
                s1 = L.Fma(v, L.Load((float*)(e + ((nuint)codes[1] << shift))), s1);
                s2 = L.Fma(v, L.Load((float*)(e + ((nuint)codes[2] << shift))), s2);
                s3 = L.Fma(v, L.Load((float*)(e + ((nuint)codes[3] << shift))), s3);
                s4 = L.Fma(v, L.Load((float*)(e + ((nuint)codes[4] << shift))), s4);
                s5 = L.Fma(v, L.Load((float*)(e + ((nuint)codes[5] << shift))), s5);
                s6 = L.Fma(v, L.Load((float*)(e + ((nuint)codes[6] << shift))), s6);
                s7 = L.Fma(v, L.Load((float*)(e + ((nuint)codes[7] << shift))), s7);
            }
        }
        sums[0] = L.Sum(s0);
        sums[1] = L.Sum(s1);
        sums[2] = L.Sum(s2);
        sums[3] = L.Sum(s3);
        sums[4] = L.Sum(s4);
        sums[5] = L.Sum(s5);
        sums[6] = L.Sum(s6);
        sums[7] = L.Sum(s7);
    }

    [MethodImpl(Compile.Loop)]
    private static void One<L, V>(byte* codes, nint lanes, float* entries, int m, int places, float* x, float* sums) where L : struct, ILanes<V> where V : struct
    {
        V sum = L.Zero;
        for (; places > 0; places--, codes += lanes)
        {
            float* entry = entries + *codes * m;
            for (int t = 0; t < m; t += L.Count, x += L.Count) sum = L.Fma(L.Load(x), L.Load(entry + t), sum);
        }
        *sums = L.Sum(sum);
    }
}
