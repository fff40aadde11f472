using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX CumSum: running sums along an axis.</summary>
/// <remarks>(x) → (y), f32, i32 or i64, plain. Attributes axis, exclusive (0 or 1: without the element itself; 0), reverse (0 or 1: from the end; 0).</remarks>
public sealed unsafe class CumSum : Operator, IOperator<CumSum>
{
    private readonly int _axis;
    private readonly bool _exclusive, _reverse;

    private CumSum(int axis, bool exclusive, bool reverse) => (_axis, _exclusive, _reverse) = (axis, exclusive, reverse);

    /// <inheritdoc/>
    public static CumSum Read(StepAttributes attributes) =>
        new(attributes.Int("axis", 0), attributes.Flag("exclusive"), attributes.Flag("reverse"));

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, _axis));

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        AxisView view = (AxisView)arguments.State!;
        switch (y.Type)
        {
            case ElementType.Float32: Sum<float, double>(x.F32, y.F32, view); break;
            case ElementType.Int32: Sum<int, int>((int*)x.Data, (int*)y.Data, view); break;
            case ElementType.Int64: Sum<long, long>(x.I64, y.I64, view); break;
            default: throw UnexpectedType.Of(y.Type);
        }
    }

    private void Sum<T, TSum>(T* x, T* y, AxisView view) where T : unmanaged, INumber<T> where TSum : struct, INumber<TSum>
    {
        for (long o = 0; o < view.Outer; o++)
            for (long i = 0; i < view.Inner; i++)
            {
                TSum sum = TSum.Zero;
                for (long a = 0; a < view.Length; a++)
                {
                    long at = (o * view.Length + (_reverse ? view.Length - 1 - a : a)) * view.Inner + i;
                    TSum next = sum + TSum.CreateTruncating(x[at]);
                    y[at] = T.CreateTruncating(_exclusive ? sum : next);
                    sum = next;
                }
            }
    }
}
