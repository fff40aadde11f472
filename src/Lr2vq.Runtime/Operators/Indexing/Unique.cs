using System;
using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Unique: the different elements, or the different entries of an axis.</summary>
/// <remarks>(x) → (y, first i64 [found], inverse i64 [entries], counts i64 [found]), the last three optional; x f32, i32 or i64, plain. Attributes axis (without
/// it x is taken as a row), sorted (0 or 1: by value, or in the order in which they come; 1). What is no number equals itself and comes last.</remarks>
public sealed unsafe class Unique : Operator, IOperator<Unique>
{
    private readonly int? _axis;
    private readonly bool _sorted;

    private Unique(int? axis, bool sorted) => (_axis, _sorted) = (axis, sorted);

    /// <inheritdoc/>
    public static Unique Read(StepAttributes attributes) => new(attributes.Find("axis") is null ? null : attributes.Int("axis", 0), attributes.Int("sorted", 1) != 0);

    internal override bool FindsSize => true;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostOutputs: 4);
        rules.Plain();
        RuleTensor x = rules.Input(0).Is(ElementType.Float32, ElementType.Int32, ElementType.Int64);
        Extent[] shape = _axis is null ? [x.Count] : x.Shape;
        int axis = _axis ?? 0;
        StepRules.Axis(axis, shape.Length);
        StepRules.Within(shape[axis], 0, int.MaxValue, "how many entries it compares");
        rules.Output(0).IsLike(x.Type).HasShape(shape);
        for (int o = 1; o < rules.OutputCount; o++) rules.Output(o).IsLike(ElementType.Int64).HasShape(shape[axis]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        AxisView view = _axis is { } axis ? new AxisView(shapes.Inputs[0].Shape, axis) : new AxisView([checked((int)shapes.Inputs[0].Length)], 0);
        return new(2L * sizeof(int) * view.Length, view);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0];
        switch (x.Type)
        {
            case ElementType.Float32: Find(arguments, (float*)x.Data); break;
            case ElementType.Int32: Find(arguments, (int*)x.Data); break;
            case ElementType.Int64: Find(arguments, (long*)x.Data); break;
            default: throw UnexpectedType.Of(x.Type);
        }
    }

    private void Find<T>(in StepArguments arguments, T* x) where T : unmanaged, INumber<T>
    {
        var entries = new Entries<T>(x, (AxisView)arguments.State!);
        int length = (int)entries.View.Length;
        int* order = (int*)arguments.Scratch, group = order + length;
        entries.Sort(order, group, length);
        // Of equal entries the first stands first: it gives its group the name.
        for (int i = 0; i < length; i++)
            group[order[i]] = i > 0 && entries.Compare(order[i - 1], order[i]) == 0 ? group[order[i - 1]] : order[i];

        int found = 0;
        for (int i = 0; i < length; i++)
            if (group[i] == i) found++;
        *arguments.Size = found;
        long* first = Indices(arguments, 1), inverse = Indices(arguments, 2), counts = Indices(arguments, 3);
        // The first of a group gets its place, as a negative number; the others still name the first.
        int place = 0;
        for (int i = 0; i < length; i++)
        {
            int entry = _sorted ? order[i] : i;
            if (group[entry] != entry) continue;
            entries.Copy(entry, (T*)arguments.Outputs[0].Data, place, found);
            if (first != null) first[place] = entry;
            if (counts != null) counts[place] = 0;
            group[entry] = ~place++;
        }
        for (int i = 0; i < length; i++)
        {
            int at = group[i] < 0 ? ~group[i] : ~group[group[i]];
            if (inverse != null) inverse[i] = at;
            if (counts != null) counts[at]++;
        }
    }

    private static long* Indices(in StepArguments arguments, int output) => output < arguments.Outputs.Length ? arguments.Outputs[output].I64 : null;

    private readonly struct Entries<T>(T* x, AxisView view) where T : unmanaged, INumber<T>
    {
        public AxisView View => view;

        public int Compare(int a, int b)
        {
            for (long o = 0; o < view.Outer; o++)
            {
                T* from = x + o * view.Length * view.Inner;
                for (long i = 0; i < view.Inner; i++)
                {
                    int difference = Compare(from[a * view.Inner + i], from[b * view.Inner + i]);
                    if (difference != 0) return difference;
                }
            }
            return 0;
        }

        private static int Compare(T a, T b) => a == b ? 0 : T.IsNaN(a) ? T.IsNaN(b) ? 0 : 1 : T.IsNaN(b) || a < b ? -1 : 1;

        /// <summary>Merges runs of twice the length in each turn; equal entries stay in their order.</summary>
        public void Sort(int* order, int* spare, int length)
        {
            for (int i = 0; i < length; i++) order[i] = i;
            for (long run = 1; run < length; run *= 2)
            {
                for (long start = 0; start < length; start += 2 * run)
                {
                    long middle = Math.Min(start + run, length), end = Math.Min(middle + run, length), left = start, right = middle;
                    for (long to = start; to < end; to++)
                        spare[to] = right == end || left < middle && Compare(order[left], order[right]) <= 0 ? order[left++] : order[right++];
                }
                Buffer.MemoryCopy(spare, order, sizeof(int) * (long)length, sizeof(int) * (long)length);
            }
        }

        public void Copy(int entry, T* y, int place, int found)
        {
            for (long o = 0; o < view.Outer; o++)
                for (long i = 0; i < view.Inner; i++)
                    y[(o * found + place) * view.Inner + i] = x[(o * view.Length + entry) * view.Inner + i];
        }
    }
}
