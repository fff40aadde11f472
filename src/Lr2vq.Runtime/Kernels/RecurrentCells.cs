using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>What follows the products of a recurrent cell with the usual activations, in one pass: the same numbers as one operation after the other.</summary>
internal static unsafe class RecurrentCells
{
    /// <summary><c>C = σ(f)·C + σ(i)·tanh(c)</c>; <c>h = σ(o)·tanh(C)</c>.</summary>
    /// <param name="gates">i, o, f, c, each of <paramref name="hidden"/> numbers.</param>
    public static void Lstm(float* gates, float* c, float* h, int hidden) => Run(new LstmCell(gates, gates + hidden, gates + 2L * hidden, gates + 3L * hidden, c, h), hidden);

    /// <summary>The new state <c>n = tanh(σ(r)·n + x)</c>; <c>h = n + σ(z)·(h − n)</c>.</summary>
    /// <param name="gates">z, r, each of <paramref name="hidden"/> numbers.</param>
    /// <param name="fresh">n, of the state before with its bias.</param>
    /// <param name="x">n, of the input.</param>
    public static void Gru(float* gates, float* fresh, float* x, float* h, int hidden) => Run(new GruCell(gates, gates + hidden, fresh, x, h), hidden);

    /// <summary>The part of a cell behind its products, for one vector.</summary>
    private interface ICell
    {
        void Do<L, V>(long i) where L : struct, ILanes<V> where V : struct;
    }

    private static void Run<TCell>(TCell cell, int hidden) where TCell : struct, ICell
    {
        Isa isa = Lanes.Isa;
        long done = 0;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) done = Run<Lanes512, Vector512<float>, TCell>(cell, done, hidden);
        if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) done = Run<Lanes256, Vector256<float>, TCell>(cell, done, hidden);
        if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) done = Run<Lanes128, Vector128<float>, TCell>(cell, done, hidden);
        Run<Lanes1, float, TCell>(cell, done, hidden);
    }

    [MethodImpl(Compile.Loop)]
    private static long Run<L, V, TCell>(TCell cell, long done, int hidden) where L : struct, ILanes<V> where V : struct where TCell : struct, ICell
    {
        for (; done + L.Count <= hidden; done += L.Count) cell.Do<L, V>(done);
        return done;
    }

    private readonly struct LstmCell(float* input, float* output, float* forget, float* fresh, float* c, float* h) : ICell
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do<L, V>(long i) where L : struct, ILanes<V> where V : struct
        {
            V kept = L.Mul(L.Load(c + i), LaneMath.Sigmoid<L, V>(L.Load(forget + i)));
            V cell = L.Add(kept, L.Mul(LaneMath.Sigmoid<L, V>(L.Load(input + i)), LaneMath.Tanh<L, V>(L.Load(fresh + i))));
            L.Store(cell, c + i);
            L.Store(L.Mul(LaneMath.Sigmoid<L, V>(L.Load(output + i)), LaneMath.Tanh<L, V>(cell)), h + i);
        }
    }

    private readonly struct GruCell(float* update, float* reset, float* fresh, float* x, float* h) : ICell
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do<L, V>(long i) where L : struct, ILanes<V> where V : struct
        {
            V n = LaneMath.Tanh<L, V>(L.Add(L.Mul(LaneMath.Sigmoid<L, V>(L.Load(reset + i)), L.Load(fresh + i)), L.Load(x + i)));
            V kept = L.Mul(L.Sub(L.Load(h + i), n), LaneMath.Sigmoid<L, V>(L.Load(update + i)));
            L.Store(L.Add(kept, n), h + i);
        }
    }
}
