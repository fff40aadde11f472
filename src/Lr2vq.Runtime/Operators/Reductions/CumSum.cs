using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX CumSum: running sums along an axis.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain. Attributes axis, exclusive (0 or 1: without the element itself; 0), reverse (0 or 1: from the end; 0).</remarks>
public sealed unsafe class CumSum : AxisOperator, IOperator<CumSum>
{
    /// <summary>Columns that are summed together.</summary>
    private const int Group = 256;
    private readonly bool _exclusive, _reverse;

    private CumSum(StepAttributes attributes) : base(attributes) =>
        (_exclusive, _reverse) = (attributes.Flag("exclusive"), attributes.Flag("reverse"));

    /// <inheritdoc/>
    public static CumSum Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules) => CheckAlike(rules, ExtremeIndex.Types);

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        AxisView view = (AxisView)arguments.State!;
        switch (y.Type)
        {
            case ElementType.Float32: Sum<float, double>(arguments.Team, x.F32, y.F32, view); break;
            case ElementType.Int32: Sum<int, int>(arguments.Team, (int*)x.Data, (int*)y.Data, view); break;
            // Sums of u64 wrap around as those of i64 do.
            case ElementType.Int64 or ElementType.UInt64: Sum<long, long>(arguments.Team, x.I64, y.I64, view); break;
            default: throw UnexpectedType.Of(y.Type);
        }
    }

    private void Sum<T, TSum>(ThreadTeam? team, T* x, T* y, AxisView view) where T : unmanaged, INumber<T> where TSum : unmanaged, INumber<TSum>
    {
        if (view.Inner == 1)
        {
            Ranges.Run(team, view.Outer, Ranges.Least(view.Length), new Rows<T, TSum>(x, y, view.Length, _exclusive, _reverse));
            return;
        }
        long groups = (view.Inner + Group - 1) / Group;
        Ranges.Run(team, view.Outer * groups, Ranges.Least(view.Length * Math.Min(Group, view.Inner)), new Columns<T, TSum>(x, y, view, groups, _exclusive, _reverse));
    }

    /// <summary>The axis is innermost.</summary>
    private readonly struct Rows<T, TSum>(T* x, T* y, long length, bool exclusive, bool reverse) : IRange
        where T : unmanaged, INumber<T> where TSum : unmanaged, INumber<TSum>
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long last, int slot)
        {
            long step = reverse ? -1 : 1;
            for (long row = first; row < last; row++)
            {
                T* from = x + row * length + (reverse ? length - 1 : 0), to = y + (from - x);
                TSum sum = TSum.Zero;
                for (long a = 0; a < length; a++, from += step, to += step)
                {
                    TSum next = sum + TSum.CreateTruncating(*from);
                    *to = T.CreateTruncating(exclusive ? sum : next);
                    sum = next;
                }
            }
        }
    }

    /// <summary>Groups of neighbouring columns: their sums go down the axis together.</summary>
    private readonly struct Columns<T, TSum>(T* x, T* y, AxisView view, long groups, bool exclusive, bool reverse) : IRange
        where T : unmanaged, INumber<T> where TSum : unmanaged, INumber<TSum>
    {
        [MethodImpl(Compile.Loop), SkipLocalsInit]
        public void Do(long first, long last, int slot)
        {
            TSum* sums = stackalloc TSum[Group];
            for (long number = first; number < last; number++)
            {
                long column = number % groups * Group, start = number / groups * view.Length * view.Inner + column;
                int count = (int)Math.Min(Group, view.Inner - column);
                for (int i = 0; i < count; i++) sums[i] = TSum.Zero;
                long step = reverse ? -view.Inner : view.Inner;
                T* from = x + start + (reverse ? (view.Length - 1) * view.Inner : 0), to = y + (from - x);
                for (long a = 0; a < view.Length; a++, from += step, to += step)
                {
                    int i = 0;
                    if (typeof(T) == typeof(float) && !exclusive) i = Vectors((float*)from, (float*)to, (double*)sums, count);
                    for (; i < count; i++)
                    {
                        TSum next = sums[i] + TSum.CreateTruncating(from[i]);
                        to[i] = T.CreateTruncating(exclusive ? sums[i] : next);
                        sums[i] = next;
                    }
                }
            }
        }
    }

    /// <summary>Adds whole vectors of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Vectors(float* from, float* to, double* sums, int count)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i + 16 <= count; i += 16)
            {
                (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Vector512.Load(from + i));
                low += Vector512.Load(sums + i);
                high += Vector512.Load(sums + i + 8);
                low.Store(sums + i);
                high.Store(sums + i + 8);
                Vector512.Narrow(low, high).Store(to + i);
            }
        else if (Vector128.IsHardwareAccelerated)
            for (; i + 4 <= count; i += 4)
            {
                (Vector128<double> low, Vector128<double> high) = Vector128.Widen(Vector128.Load(from + i));
                low += Vector128.Load(sums + i);
                high += Vector128.Load(sums + i + 2);
                low.Store(sums + i);
                high.Store(sums + i + 2);
                Vector128.Narrow(low, high).Store(to + i);
            }
        return i;
    }
}
