using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Decision trees: each row walks every tree from its root to a leaf, and what the leaves give is joined by target.</summary>
/// <remarks>(x [N, F], roots [T] i32, modes [M] u8, features [M] i32, thresholds [M] f32, next [M, 2] i32, targets [L] i32, weights [L] f32) → (y [N, K]), plain.
/// A mode is a comparison of x[feature] with the threshold (0 ≤, 1 &lt;, 2 ≥, 3 &gt;, 4 =, 5 ≠; +8: also for NaN), whose next nodes are [where it holds, elsewhere], or 7: a leaf, which gives
/// the entries [first, first + count) of targets and weights. Next nodes come behind their node, so that a walk ends. Attribute join (sum, average, min or max; sum).</remarks>
public sealed unsafe class TreeEnsemble : Operator, IOperator<TreeEnsemble>
{
    internal const int Leaf = 7, AlsoNaN = 8;

    private readonly TreeJoin _join;

    private TreeEnsemble(TreeJoin join) => _join = join;

    /// <inheritdoc/>
    public static TreeEnsemble Read(StepAttributes attributes) => new(attributes.Text("join", "sum") switch
    {
        "sum" => TreeJoin.Sum,
        "average" => TreeJoin.Average,
        "min" => TreeJoin.Min,
        "max" => TreeJoin.Max,
        var other => throw new FormatException($"Join '{other}' is not known."),
    });

    internal override void Check(in StepRules rules)
    {
        rules.Counts(8, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(2), modes = rules.Input(2).IsLike(ElementType.UInt8).HasRank(1), targets = rules.Input(6).IsLike(ElementType.Int32).HasRank(1);
        rules.Input(1).IsLike(ElementType.Int32).HasRank(1);
        rules.Input(3).IsLike(ElementType.Int32).HasShape(modes[0]);
        rules.Input(4).IsLike(ElementType.Float32).HasShape(modes[0]);
        rules.Input(5).IsLike(ElementType.Int32).HasShape(modes[0], 2);
        rules.Input(7).IsLike(ElementType.Float32).HasShape(targets[0]);
        RuleTensor y = rules.Output(0).IsLike(ElementType.Float32).HasRank(2);
        y.HasShape(x[0], y[1]);
    }

    /// <summary>One flag for each target and thread: whether a leaf gave it anything.</summary>
    internal override StepPreparation Prepare(in StepShapes shapes) => new(_join is TreeJoin.Min or TreeJoin.Max ? shapes.Threads * FlagBytes(shapes.Outputs[0].Shape[1]) : 0);

    private static long FlagBytes(int targets) => ((long)targets + 63) / 64 * 64;

    internal override void Run(in StepArguments arguments)
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        var rows = new Rows(_join, inputs, arguments.Outputs[0], arguments.Scratch);
        Ranges.Run(arguments.Team, inputs[0].Shape[0], Ranges.Least(inputs[1].Shape[0] * 16L), rows);
    }

    private enum TreeJoin { Sum, Average, Min, Max }

    private readonly struct Rows(TreeJoin join, ReadOnlySpan<TensorView> inputs, TensorView y, byte* scratch) : IRange
    {
        private readonly float* _x = inputs[0].F32, _thresholds = inputs[4].F32, _weights = inputs[7].F32, _y = y.F32;
        private readonly int* _roots = (int*)inputs[1].Data, _features = (int*)inputs[3].Data, _next = (int*)inputs[5].Data, _targets = (int*)inputs[6].Data;
        private readonly byte* _modes = inputs[2].Data;
        private readonly int _columns = inputs[0].Shape[1], _trees = inputs[1].Shape[0], _nodes = inputs[2].Shape[0], _entries = inputs[6].Shape[0], _count = y.Shape[1];

        public void Do(long first, long last, int slot)
        {
            byte* seen = join is TreeJoin.Min or TreeJoin.Max ? scratch + slot * FlagBytes(_count) : null;
            for (long row = first; row < last; row++)
            {
                float* x = _x + row * _columns, y = _y + row * _count;
                new Span<float>(y, _count).Clear();
                if (seen != null) new Span<byte>(seen, _count).Clear();
                for (int tree = 0; tree < _trees; tree++) Join(Walk(_roots[tree], x), y, seen);
                if (join == TreeJoin.Average)
                    for (int target = 0; target < _count; target++) y[target] /= _trees;
            }
        }

        /// <summary>The leaf of a row. Indices come from the file: each is compared before it is followed.</summary>
        private int Walk(int node, float* x)
        {
            if ((uint)node >= (uint)_nodes) throw Damaged();
            while (true)
            {
                int mode = _modes[node];
                if (mode == Leaf) return node;
                int feature = _features[node];
                if ((uint)feature >= (uint)_columns) throw Damaged();
                int next = _next[2 * node + (Holds(mode, x[feature], _thresholds[node]) ? 0 : 1)];
                if (next <= node || next >= _nodes) throw Damaged();
                node = next;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static bool Holds(int mode, float value, float threshold) => (mode & 7) switch
        {
            0 => value <= threshold,
            1 => value < threshold,
            2 => value >= threshold,
            3 => value > threshold,
            4 => value == threshold,
            5 => value != threshold,
            _ => throw Damaged(),
        } || (mode & AlsoNaN) != 0 && float.IsNaN(value);

        private void Join(int leaf, float* y, byte* seen)
        {
            int from = _next[2 * leaf], count = _next[2 * leaf + 1];
            if (from < 0 || count < 0 || from > _entries - count) throw Damaged();
            for (int entry = from; entry < from + count; entry++)
            {
                int target = _targets[entry];
                if ((uint)target >= (uint)_count) throw Damaged();
                float weight = _weights[entry];
                if (seen == null) y[target] += weight;
                else
                {
                    bool replaces = seen[target] == 0 || (join == TreeJoin.Min ? weight < y[target] : weight > y[target]);
                    if (replaces) y[target] = weight;
                    seen[target] = 1;
                }
            }
        }

        private static IndexOutsideException Damaged() => new("a table of trees names a node, feature or target that does not exist");
    }
}
