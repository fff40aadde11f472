using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>Finds the levels of one column: the path through the trellis with the least Σ weight · (target − decoded)² + λ · bits (Viterbi).</summary>
/// <remarks>Multiples of the step fall into four classes by quantizer and parity of the level; of each class one is the best for a target, whatever
/// the path. Each state is reached by two branches. Not shared between threads.</remarks>
/// <param name="rows">Largest length of a column.</param>
internal sealed class TrellisQuantizer(int rows)
{
    private const int Classes = 4, States = TrellisMachine.States;

    // Costs grow with every row; what all states have in common is taken off.
    private const int RowsBetweenSubtractions = 32;

    private const float Unreachable = 1e30f;

    // The branches into each state: state before, and class: 0 even level, 1 odd level of an even state; 2 even level, 3 odd level of an odd state.
    private static readonly (int[] States, int[] Classes)[] s_branches = Branches();

    private static readonly byte[] s_before = Bytes(branch => branch.States), s_classes = Bytes(branch => branch.Classes);

    private readonly float[] _costs = new float[Classes * rows];
    private readonly int[] _best = new int[Classes * rows];
    private readonly byte[] _decisions = new byte[rows];

    /// <summary>Codes one column.</summary>
    /// <param name="targets">One for each row.</param>
    /// <param name="step">The step; targets beyond <see cref="TrellisCosts.Largest"/> − 8 steps are taken as that.</param>
    /// <param name="lambda">Squared steps that a bit is worth.</param>
    /// <param name="weights">Of each row's squared error; empty for 1.</param>
    /// <param name="values">Receives multiples of the step.</param>
    /// <param name="decoded">Receives what they decode to; may be empty.</param>
    public void Quantize(ReadOnlySpan<float> targets, float step, TrellisCosts costs, float lambda, ReadOnlySpan<float> weights, Span<short> values,
        Span<float> decoded)
    {
        Evaluate(targets, 1f / step, costs, lambda, weights);
        int state = Vector256.IsHardwareAccelerated ? Forward256(targets.Length) : Forward(targets.Length);
        ReadOnlySpan<byte> states = s_before, classes = s_classes;
        for (int row = targets.Length - 1; row >= 0; row--)
        {
            int branch = _decisions[row] >> state & 1;
            values[row] = (short)_best[Classes * row + classes[States * branch + state]];
            state = states[States * branch + state];
            if (decoded.Length > 0) decoded[row] = step * (values[row] - Math.Sign(values[row]) * costs.Shift);
        }
    }

    /// <summary>The best multiple of each class for each row, and its cost: of the two next to the target, above and below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Evaluate(ReadOnlySpan<float> targets, float inverse, TrellisCosts costs, float lambda, ReadOnlySpan<float> weights)
    {
        // Multiples of a class lie four apart, and mirrored where targets are negative: 0, 4, …; −2, 2, …; 0, 3, 7, …; −1, 1, 5, …
        Vector128<int> offsets = Vector128.Create(0, 2, 1, 3), lowest = Vector128.Create(0, -2, 0, -1), three = Vector128.Create(3), four = Vector128.Create(4);
        Vector128<int> tables = Vector128.Create(costs.Largest) + Vector128.Create(0, 0, costs.Length, costs.Length);
        Vector128<float> bitCost = Vector128.Create(lambda), shift = Vector128.Create(costs.Shift);
        float limit = costs.Largest - 8;
        fixed (float* all = costs.Bits, to = _costs)
        fixed (int* best = _best)
        {
            for (int row = 0; row < targets.Length; row++)
            {
                float target = Math.Clamp(targets[row] * inverse, -limit, limit);
                Vector128<int> whole = Vector128.Create((int)Math.Abs(target)), sign = Vector128.Create(target < 0 ? -1 : 0);
                Vector128<int> below = ((whole + offsets) & ~three) - offsets, above = below + four;
                below = Vector128.Max(below, lowest);
                Vector128<int> first = (below ^ sign) - sign, second = (above ^ sign) - sign;
                Vector128<float> wanted = Vector128.Create(target), weight = Vector128.Create(weights.Length > 0 ? weights[row] : 1f);
                Vector128<float> a = Cost(all, first, tables, wanted, weight, bitCost, shift), b = Cost(all, second, tables, wanted, weight, bitCost, shift);
                Vector128<float> isSecond = Vector128.LessThan(b, a);
                Vector128.ConditionalSelect(isSecond, b, a).Store(to + Classes * row);
                Vector128.ConditionalSelect(isSecond.AsInt32(), second, first).Store(best + Classes * row);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector128<float> Cost(float* all, Vector128<int> values, Vector128<int> tables, Vector128<float> wanted, Vector128<float> weight,
        Vector128<float> bitCost, Vector128<float> shift)
    {
        Vector128<int> at = values + tables;
        Vector128<float> bits = Vector128.Create(all[at[0]], all[at[1]], all[at[2]], all[at[3]]), value = Vector128.ConvertToSingle(values);
        Vector128<float> nearer = Vector128.ConditionalSelect(Vector128.Equals(value, Vector128<float>.Zero), value, shift | (value & Vector128.Create(-0f)));
        Vector128<float> difference = wanted - (value - nearer);
        return weight * (difference * difference) + bitCost * bits;
    }

    /// <summary>Decisions of all rows; returns the best state at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe int Forward256(int count)
    {
        Vector256<int> states0 = Vector256.Create(s_branches[0].States), states1 = Vector256.Create(s_branches[1].States);
        Vector256<int> classes0 = Vector256.Create(s_branches[0].Classes), classes1 = Vector256.Create(s_branches[1].Classes);
        Vector256<float> paths = Vector256.Create(0f, Unreachable, Unreachable, Unreachable, Unreachable, Unreachable, Unreachable, Unreachable);
        fixed (float* costs = _costs)
        fixed (byte* decisions = _decisions)
        {
            for (int row = 0; row < count; row++)
            {
                Vector128<float> four = Vector128.Load(costs + Classes * row);
                Vector256<float> own = Vector256.Create(four, four);
                Vector256<float> first = Permute(paths, states0) + Permute(own, classes0), second = Permute(paths, states1) + Permute(own, classes1);
                Vector256<float> isSecond = Vector256.LessThan(second, first);
                decisions[row] = (byte)isSecond.ExtractMostSignificantBits();
                paths = Vector256.ConditionalSelect(isSecond, second, first);
                if (row % RowsBetweenSubtractions == RowsBetweenSubtractions - 1) paths -= Vector256.Create(Least(paths));
            }
        }
        Span<float> ends = stackalloc float[States];
        paths.CopyTo(ends);
        return IndexOfLeast(ends);
    }

    /// <summary>The same without vectors.</summary>
    private int Forward(int count)
    {
        Span<float> paths = stackalloc float[States], next = stackalloc float[States];
        paths.Fill(Unreachable);
        paths[0] = 0f;
        for (int row = 0; row < count; row++)
        {
            int decisions = 0;
            for (int state = 0; state < States; state++)
            {
                float first = paths[s_branches[0].States[state]] + _costs[Classes * row + s_branches[0].Classes[state]];
                float second = paths[s_branches[1].States[state]] + _costs[Classes * row + s_branches[1].Classes[state]];
                next[state] = second < first ? second : first;
                if (second < first) decisions |= 1 << state;
            }
            _decisions[row] = (byte)decisions;
            next.CopyTo(paths);
            if (row % RowsBetweenSubtractions != RowsBetweenSubtractions - 1) continue;
            float least = paths[IndexOfLeast(paths)];
            for (int state = 0; state < States; state++) paths[state] -= least;
        }
        return IndexOfLeast(paths);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Permute(Vector256<float> values, Vector256<int> indices) =>
        System.Runtime.Intrinsics.X86.Avx2.IsSupported ? System.Runtime.Intrinsics.X86.Avx2.PermuteVar8x32(values, indices) : Vector256.Shuffle(values, indices);

    private static float Least(Vector256<float> values)
    {
        Span<float> all = stackalloc float[States];
        values.CopyTo(all);
        return all[IndexOfLeast(all)];
    }

    private static int IndexOfLeast(ReadOnlySpan<float> values)
    {
        int least = 0;
        for (int i = 1; i < values.Length; i++) if (values[i] < values[least]) least = i;
        return least;
    }

    private static byte[] Bytes(Func<(int[] States, int[] Classes), int[]> part) => Array.ConvertAll([.. part(s_branches[0]), .. part(s_branches[1])], i => (byte)i);

    private static (int[] States, int[] Classes)[] Branches()
    {
        (int[] States, int[] Classes)[] branches = [(new int[States], new int[States]), (new int[States], new int[States])];
        int[] found = new int[States];
        for (int state = 0; state < States; state++)
            for (int parity = 0; parity < 2; parity++)
            {
                int next = TrellisMachine.Next[2 * state + parity], branch = found[next]++;
                branches[branch].States[next] = state;
                branches[branch].Classes[next] = 2 * (state & 1) + parity;
            }
        return branches;
    }
}
