using System.Numerics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX TopK: the largest (or smallest) elements of an axis and where they stand; of equal ones the first.</summary>
/// <remarks>(x) → (values, indices i64), f32, i32 or i64, plain. Attributes axis, largest (0 or 1; 1), sorted (0 or 1; the result is sorted anyway). How many
/// is the length of the axis in the outputs.</remarks>
public sealed unsafe class TopK : Operator, IOperator<TopK>
{
    private readonly int _axis;
    private readonly bool _largest;

    private TopK(int axis, bool largest) => (_axis, _largest) = (axis, largest);

    /// <inheritdoc/>
    public static TopK Read(StepAttributes attributes) => new(attributes.Int("axis", 0), attributes.Int("largest", 1) != 0);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostOutputs: 2);
        rules.Plain();
        RuleTensor x = rules.Input(0).Is(ElementType.Float32, ElementType.Int32, ElementType.Int64), y = rules.Output(0).IsLike(x.Type).HasRank(x.Rank);
        StepRules.Axis(_axis, x.Rank);
        StepRules.Within(y[_axis], 0, x[_axis], "k");
        Extent[] shape = x.Shape;
        shape[_axis] = y[_axis];
        y.HasShape(shape);
        if (rules.OutputCount > 1) rules.Output(1).IsLike(ElementType.Int64).HasShape(shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(shapes.Threads * HeapBytes(shapes.Outputs[0].Shape[_axis]), new AxisView(shapes.Inputs[0].Shape, _axis));

    /// <summary>Scratch of one thread: the indices of a heap, in cache lines of their own.</summary>
    private static long HeapBytes(int k) => ((long)k * sizeof(long) + 63) / 64 * 64;

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0];
        switch (x.Type)
        {
            case ElementType.Float32: Find<float>(arguments); break;
            case ElementType.Int32: Find<int>(arguments); break;
            case ElementType.Int64: Find<long>(arguments); break;
            default: throw UnexpectedType.Of(x.Type);
        }
    }

    private void Find<T>(in StepArguments arguments) where T : unmanaged, INumber<T>
    {
        AxisView view = (AxisView)arguments.State!;
        int k = arguments.Outputs[0].Shape[_axis];
        if (k == 0) return;
        bool indicesWanted = arguments.Outputs.Length > 1 && arguments.Outputs[1].Data != null;
        Ranges.Run(arguments.Team, view.Outer * view.Inner, Ranges.LeastMoved(view.Length), new Columns<T>((T*)arguments.Inputs[0].Data,
            (T*)arguments.Outputs[0].Data, indicesWanted ? arguments.Outputs[1].I64 : null, view, _largest, k, arguments.Scratch));
    }

    private readonly struct Columns<T>(T* x, T* values, long* indices, AxisView view, bool largest, int k, byte* scratch) : IRange where T : unmanaged, INumber<T>
    {
        public void Do(long first, long last, int slot)
        {
            long* heap = (long*)(scratch + slot * HeapBytes(k));
            for (long number = first; number < last; number++)
            {
                long o = number / view.Inner, i = number % view.Inner, to = o * k * view.Inner + i;
                T* from = x + o * view.Length * view.Inner + i;
                TopKHeap<T> found = new(from, view.Inner, largest, heap, k);
                found.OfferAll(view.Length);
                found.Sort();
                for (int r = 0; r < k; r++, to += view.Inner)
                {
                    values[to] = from[heap[r] * view.Inner];
                    if (indices != null) indices[to] = heap[r];
                }
            }
        }
    }
}
