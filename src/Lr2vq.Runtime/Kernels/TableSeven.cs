using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Where the rows of a table hold what the kernel positions of <see cref="TableSeven"/> add, in bytes.</summary>
internal interface ISevenRows
{
    /// <summary>From an entry to the next: an odd number of cache lines.</summary>
    static abstract nuint Entry { get; }

    /// <summary>The first row of pixels for the upper row of the kernel, which the second row of the output adds.</summary>
    static abstract nint Upper(int column);

    /// <summary>The first row of pixels for the middle row of the kernel.</summary>
    static abstract nint Middle(int column);

    /// <summary>What the first row of the output adds for the lower row of the kernel.</summary>
    static abstract nint Lower(int column);

    /// <summary>The last row of the output adds something for the lower row of the kernel.</summary>
    static abstract bool LowerHasAll { get; }
}

/// <summary>The sums of <see cref="TableConv"/> for 3×3 kernels whose output is 7×7: seven rows of eight lanes, the last of which is zero and
/// serves as padding. A 256-bit vector is a row, so that what lies above the first and below the last is left out instead of added as zeros.</summary>
internal static unsafe class TableSeven
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Lanes of a plane of pixels: eight rows.</summary>
    public const int PlaneLanes = 64;

    public static bool Serves(in ConvGeometry g, Isa isa) =>
        isa >= Isa.Vector256 && g.KernelHeight == 3 && g.KernelWidth == 3 && g.DilationY == 1 && g.DilationX == 1
        && g.Top == 1 && g.Left == 1 && g.OutputHeight == 7 && g.OutputWidth == 7
        && (g is { StrideY: 1, StrideX: 1, InputHeight: 7, InputWidth: 7 } || g is { StrideY: 2, StrideX: 2, InputHeight: 13 or 14, InputWidth: 13 or 14 });

    [MethodImpl(Compile.Loop)]
    public static void Add<M>(TableSums* sums) where M : struct, ISevenRows
    {
        byte* codes = sums->Codes;
        float* y = sums->Y;
        nint step = sums->CodeStep;
        for (int rows = sums->Rows; rows > 0; rows--, codes++, y += sums->YRow)
        {
            Vector256<float> r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default, r6 = default;
            if (!sums->Begin)
            {
                r0 = Vector256.Load(y);
                r1 = Vector256.Load(y + 8);
                r2 = Vector256.Load(y + 16);
                r3 = Vector256.Load(y + 24);
                r4 = Vector256.Load(y + 32);
                r5 = Vector256.Load(y + 40);
                r6 = Vector256.Load(y + 48);
            }
            byte* table = sums->Tables, c = codes;
            for (int group = sums->Groups; group > 0; group--, table += sums->TableBytes)
            {
                Six(table + c[0] * M.Entry + M.Upper(0), ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                Six(table + c[step] * M.Entry + M.Upper(1), ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                Six(table + c[2 * step] * M.Entry + M.Upper(2), ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                c += 3 * step;
                All(table + c[0] * M.Entry + M.Middle(0), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                All(table + c[step] * M.Entry + M.Middle(1), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                All(table + c[2 * step] * M.Entry + M.Middle(2), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                c += 3 * step;
                if (M.LowerHasAll)
                {
                    All(table + c[0] * M.Entry + M.Lower(0), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                    All(table + c[step] * M.Entry + M.Lower(1), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                    All(table + c[2 * step] * M.Entry + M.Lower(2), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6);
                }
                else
                {
                    Six(table + c[0] * M.Entry + M.Lower(0), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5);
                    Six(table + c[step] * M.Entry + M.Lower(1), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5);
                    Six(table + c[2 * step] * M.Entry + M.Lower(2), ref r0, ref r1, ref r2, ref r3, ref r4, ref r5);
                }
                c += 3 * step;
            }
            r0.Store(y);
            r1.Store(y + 8);
            r2.Store(y + 16);
            r3.Store(y + 24);
            r4.Store(y + 32);
            r5.Store(y + 40);
            r6.Store(y + 48);
        }
    }

    [MethodImpl(Inline)]
    private static void Six(byte* from, ref Vector256<float> a, ref Vector256<float> b, ref Vector256<float> c, ref Vector256<float> d, ref Vector256<float> e, ref Vector256<float> f)
    {
        a += Vector256.Load((float*)from);
        b += Vector256.Load((float*)from + 8);
        c += Vector256.Load((float*)from + 16);
        d += Vector256.Load((float*)from + 24);
        e += Vector256.Load((float*)from + 32);
        f += Vector256.Load((float*)from + 40);
    }

    [MethodImpl(Inline)]
    private static void All(byte* from, ref Vector256<float> a, ref Vector256<float> b, ref Vector256<float> c, ref Vector256<float> d, ref Vector256<float> e, ref Vector256<float> f,
        ref Vector256<float> g)
    {
        Six(from, ref a, ref b, ref c, ref d, ref e, ref f);
        g += Vector256.Load((float*)from + 48);
    }

    /// <summary>Stride 1: one plane.</summary>
    public readonly struct One : ISevenRows
    {
        public static nuint Entry { [MethodImpl(Inline)] get => (PlaneLanes + 16) * sizeof(float); }
        public static bool LowerHasAll { [MethodImpl(Inline)] get => false; }
        [MethodImpl(Inline)] public static nint Upper(int column) => (column - 1) * sizeof(float);
        [MethodImpl(Inline)] public static nint Middle(int column) => (column - 1) * sizeof(float);
        [MethodImpl(Inline)] public static nint Lower(int column) => (8 + column - 1) * sizeof(float);
    }

    /// <summary>Stride 2: planes of even rows, then of odd rows, even columns first. Outer kernel columns find their pixels in odd columns.</summary>
    public readonly struct Two : ISevenRows
    {
        public static nuint Entry { [MethodImpl(Inline)] get => (4 * PlaneLanes + 16) * sizeof(float); }
        public static bool LowerHasAll { [MethodImpl(Inline)] get => true; }
        [MethodImpl(Inline)] public static nint Upper(int column) => Lower(column);
        [MethodImpl(Inline)] public static nint Middle(int column) => column == 1 ? 0 : (PlaneLanes - (column == 0 ? 1 : 0)) * sizeof(float);
        [MethodImpl(Inline)] public static nint Lower(int column) => 2 * PlaneLanes * sizeof(float) + Middle(column);
    }
}
