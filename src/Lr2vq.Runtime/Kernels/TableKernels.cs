using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Some output channels of a <see cref="TableConv"/>, for some groups of input channels.</summary>
internal unsafe struct TableSums
{
    /// <summary>Of the first output channel: the next has its codes one byte further on.</summary>
    public byte* Codes;
    /// <summary>From the code of a kernel position to that of the next.</summary>
    public nint CodeStep;
    /// <summary>Tables of <see cref="Groups"/> groups, <see cref="TableBytes"/> apart.</summary>
    public byte* Tables;
    public nint TableBytes;
    public int Groups;
    /// <summary>The same, for each group and kernel position: see <see cref="TableStep"/>.</summary>
    public TableStep* First, End;
    /// <summary>Bytes from an entry to the next.</summary>
    public nuint Entry;
    public float* Y;
    public nint YRow;
    public int Rows;
    /// <summary>A multiple of those of a vector.</summary>
    public int Lanes;
    /// <summary>Nothing is in Y yet.</summary>
    public bool Begin;
}

/// <summary>A kernel position and a group of input channels.</summary>
internal unsafe struct TableStep
{
    /// <summary>Where the table holds what the first lane adds for entry 0.</summary>
    public byte* Table;
    /// <summary>Where the codes are.</summary>
    public nint Code;
}

/// <summary>The loops of <see cref="TableConv"/> in one width of vectors.</summary>
internal sealed unsafe class TableKernels
{
    private const MethodImplOptions Optimize = Compile.Loop;

    private TableKernels(int width, delegate*<float*, nint, float*, int, int, float*, nint, int, void> products, delegate*<TableSums*, void> sums,
        delegate*<float*, float*, float*, float*, float*, int, void> finish)
    {
        Width = width;
        Products = products;
        Sums = sums;
        Finish = finish;
    }

    /// <summary>Lanes of a vector.</summary>
    public int Width { get; }

    /// <summary>See <see cref="Multiply{L, V}"/>.</summary>
    public delegate*<float*, nint, float*, int, int, float*, nint, int, void> Products { get; }

    /// <summary>See <see cref="Add{L, V}"/>.</summary>
    public delegate*<TableSums*, void> Sums { get; }

    /// <summary>See <see cref="Scale{L, V}"/>.</summary>
    public delegate*<float*, float*, float*, float*, float*, int, void> Finish { get; }

    public static TableKernels Find(Isa isa) =>
        Vector512.IsHardwareAccelerated && isa == Isa.Vector512 ? Of<Lanes512, Vector512<float>>()
        : Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 ? Of<Lanes256, Vector256<float>>()
        : Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 ? Of<Lanes128, Vector128<float>>()
        : Of<Lanes1, float>();

    private static TableKernels Of<L, V>() where L : struct, ILanes<V> where V : struct => new(L.Count, &Multiply<L, V>, &Add<L, V>, &Scale<L, V>);

    /// <summary>table[entry][lane] = Σₜ entries[t][entry] · x[t][lane].</summary>
    /// <param name="plane">Floats from a channel of x to the next.</param>
    /// <param name="row">Floats from an entry of the table to the next.</param>
    [MethodImpl(Optimize)]
    private static void Multiply<L, V>(float* x, nint plane, float* entries, int m, int count, float* table, nint row, int lanes)
        where L : struct, ILanes<V> where V : struct
    {
        for (; lanes > 0; lanes -= L.Count, x += L.Count, table += L.Count)
        {
            float* to = table;
            int j = 0;
            for (; j + 8 <= count; j += 8, to += 8 * row)
            {
                float* e = entries + j, from = x;
                V v = L.Load(from);
                V s0 = L.Mul(v, L.Broadcast(e)), s1 = L.Mul(v, L.Broadcast(e + 1)), s2 = L.Mul(v, L.Broadcast(e + 2)), s3 = L.Mul(v, L.Broadcast(e + 3));
                V s4 = L.Mul(v, L.Broadcast(e + 4)), s5 = L.Mul(v, L.Broadcast(e + 5)), s6 = L.Mul(v, L.Broadcast(e + 6)), s7 = L.Mul(v, L.Broadcast(e + 7));
                for (int t = 1; t < m; t++)
                {
                    e += count;
                    from += plane;
                    v = L.Load(from);
                    s0 = L.Fma(v, L.Broadcast(e), s0);
                    s1 = L.Fma(v, L.Broadcast(e + 1), s1);
                    s2 = L.Fma(v, L.Broadcast(e + 2), s2);
                    s3 = L.Fma(v, L.Broadcast(e + 3), s3);
                    s4 = L.Fma(v, L.Broadcast(e + 4), s4);
                    s5 = L.Fma(v, L.Broadcast(e + 5), s5);
                    s6 = L.Fma(v, L.Broadcast(e + 6), s6);
                    s7 = L.Fma(v, L.Broadcast(e + 7), s7);
                }
                float* half = to + 4 * row;
                L.Store(s0, to);
                L.Store(s1, to + row);
                L.Store(s2, to + 2 * row);
                L.Store(s3, to + 3 * row);
                L.Store(s4, half);
                L.Store(s5, half + row);
                L.Store(s6, half + 2 * row);
                L.Store(s7, half + 3 * row);
            }
            for (; j < count; j++, to += row)
            {
                V s = L.Zero;
                for (int t = 0; t < m; t++) s = L.Fma(L.Load(x + t * plane), L.Broadcast(entries + t * count + j), s);
                L.Store(s, to);
            }
        }
    }

    /// <summary>Y += the rows of the tables that the codes name.</summary>
    private static void Add<L, V>(TableSums* sums) where L : struct, ILanes<V> where V : struct
    {
        int lane = 0, left = sums->Lanes;
        for (; left >= 4 * L.Count; left -= 4 * L.Count, lane += 4 * L.Count) Four<L, V>(sums, lane);
        if (left == 3 * L.Count) Three<L, V>(sums, lane);
        else if (left == 2 * L.Count) Two<L, V>(sums, lane);
        else if (left == L.Count) One<L, V>(sums, lane);
    }

    [MethodImpl(Optimize)]
    private static void Four<L, V>(TableSums* sums, int lane) where L : struct, ILanes<V> where V : struct
    {
        byte* codes = sums->Codes;
        TableStep* steps = sums->First, end = sums->End;
        nuint entry = sums->Entry;
        float* y = sums->Y + lane;
        bool begin = sums->Begin;
        for (int rows = sums->Rows; rows > 0; rows--, codes++, y += sums->YRow)
        {
            V a = L.Zero, b = a, c = a, d = a;
            if (!begin) (a, b, c, d) = (L.Load(y), L.Load(y + L.Count), L.Load(y + 2 * L.Count), L.Load(y + 3 * L.Count));
            for (TableStep* step = steps; step < end; step++)
            {
                float* from = (float*)(step->Table + codes[step->Code] * entry) + lane;
                a = L.Add(a, L.Load(from));
                b = L.Add(b, L.Load(from + L.Count));
                c = L.Add(c, L.Load(from + 2 * L.Count));
                d = L.Add(d, L.Load(from + 3 * L.Count));
            }
            L.Store(a, y);
            L.Store(b, y + L.Count);
            L.Store(c, y + 2 * L.Count);
            L.Store(d, y + 3 * L.Count);
        }
    }

    [MethodImpl(Optimize)]
    private static void Three<L, V>(TableSums* sums, int lane) where L : struct, ILanes<V> where V : struct
    {
        byte* codes = sums->Codes;
        TableStep* steps = sums->First, end = sums->End;
        nuint entry = sums->Entry;
        float* y = sums->Y + lane;
        bool begin = sums->Begin;
        for (int rows = sums->Rows; rows > 0; rows--, codes++, y += sums->YRow)
        {
            V a = L.Zero, b = a, c = a;
            if (!begin) (a, b, c) = (L.Load(y), L.Load(y + L.Count), L.Load(y + 2 * L.Count));
            for (TableStep* step = steps; step < end; step++)
            {
                float* from = (float*)(step->Table + codes[step->Code] * entry) + lane;
                a = L.Add(a, L.Load(from));
                b = L.Add(b, L.Load(from + L.Count));
                c = L.Add(c, L.Load(from + 2 * L.Count));
            }
            L.Store(a, y);
            L.Store(b, y + L.Count);
            L.Store(c, y + 2 * L.Count);
        }
    }

    /// <summary>Even and odd steps apart, so that an addition need not wait for the one before.</summary>
    [MethodImpl(Optimize)]
    private static void Two<L, V>(TableSums* sums, int lane) where L : struct, ILanes<V> where V : struct
    {
        byte* codes = sums->Codes;
        TableStep* steps = sums->First, end = sums->End;
        nuint entry = sums->Entry;
        float* y = sums->Y + lane;
        bool begin = sums->Begin;
        for (int rows = sums->Rows; rows > 0; rows--, codes++, y += sums->YRow)
        {
            V a = L.Zero, b = a, c = a, d = a;
            if (!begin) (a, b) = (L.Load(y), L.Load(y + L.Count));
            TableStep* step = steps;
            for (; step + 2 <= end; step += 2)
            {
                float* even = (float*)(step->Table + codes[step->Code] * entry) + lane, odd = (float*)(step[1].Table + codes[step[1].Code] * entry) + lane;
                a = L.Add(a, L.Load(even));
                b = L.Add(b, L.Load(even + L.Count));
                c = L.Add(c, L.Load(odd));
                d = L.Add(d, L.Load(odd + L.Count));
            }
            if (step < end)
            {
                float* from = (float*)(step->Table + codes[step->Code] * entry) + lane;
                a = L.Add(a, L.Load(from));
                b = L.Add(b, L.Load(from + L.Count));
            }
            L.Store(L.Add(a, c), y);
            L.Store(L.Add(b, d), y + L.Count);
        }
    }

    /// <summary>Four sums, for the same reason.</summary>
    [MethodImpl(Optimize)]
    private static void One<L, V>(TableSums* sums, int lane) where L : struct, ILanes<V> where V : struct
    {
        byte* codes = sums->Codes;
        TableStep* steps = sums->First, end = sums->End;
        nuint entry = sums->Entry;
        float* y = sums->Y + lane;
        bool begin = sums->Begin;
        for (int rows = sums->Rows; rows > 0; rows--, codes++, y += sums->YRow)
        {
            V a = begin ? L.Zero : L.Load(y), b = L.Zero, c = b, d = b;
            TableStep* step = steps;
            for (; step + 4 <= end; step += 4)
            {
                a = L.Add(a, L.Load((float*)(step->Table + codes[step->Code] * entry) + lane));
                b = L.Add(b, L.Load((float*)(step[1].Table + codes[step[1].Code] * entry) + lane));
                c = L.Add(c, L.Load((float*)(step[2].Table + codes[step[2].Code] * entry) + lane));
                d = L.Add(d, L.Load((float*)(step[3].Table + codes[step[3].Code] * entry) + lane));
            }
            for (; step < end; step++) a = L.Add(a, L.Load((float*)(step->Table + codes[step->Code] * entry) + lane));
            L.Store(L.Add(L.Add(a, b), L.Add(c, d)), y);
        }
    }

    /// <summary>y[pixel][16] = x[pixel][16] · scale[16] + bias[16] + residual[pixel][16].</summary>
    [MethodImpl(Optimize)]
    private static void Scale<L, V>(float* x, float* scale, float* bias, float* residual, float* y, int pixels) where L : struct, ILanes<V> where V : struct
    {
        for (int lane = 0; lane < 16; lane += L.Count)
        {
            V s = L.Load(scale + lane), b = L.Load(bias + lane);
            float* from = x + lane, to = y + lane, add = residual == null ? null : residual + lane;
            for (int pixel = pixels; pixel > 0; pixel--, from += 16, to += 16)
            {
                V v = L.Fma(L.Load(from), s, b);
                if (add != null)
                {
                    v = L.Add(v, L.Load(add));
                    add += 16;
                }
                L.Store(v, to);
            }
        }
    }
}
