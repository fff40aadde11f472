using System.Numerics;
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

    // Scratch holds the indices of one heap.
    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(shapes.Outputs[0].Shape[_axis] * sizeof(long), new AxisView(shapes.Inputs[0].Shape, _axis));

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
        long* heap = (long*)arguments.Scratch;
        for (long o = 0; o < view.Outer; o++)
            for (long i = 0; i < view.Inner; i++)
            {
                T* x = (T*)arguments.Inputs[0].Data + o * view.Length * view.Inner + i;
                TopKHeap<T> found = new(x, view.Inner, _largest, heap, k);
                for (long a = 0; a < view.Length; a++) found.Offer(a);
                found.Sort();
                long to = o * k * view.Inner + i;
                for (int r = 0; r < k; r++, to += view.Inner)
                {
                    ((T*)arguments.Outputs[0].Data)[to] = x[heap[r] * view.Inner];
                    if (indicesWanted) arguments.Outputs[1].I64[to] = heap[r];
                }
            }
    }
}
