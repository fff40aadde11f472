using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ArgMax: where the largest element of an axis stands.</summary>
/// <remarks>(x) → (y i64), f32, i32 or i64, plain. Attributes axis, select_last_index (0 or 1: which of equal ones; 0).</remarks>
public sealed class ArgMax : Operator, IOperator<ArgMax>
{
    private readonly int _axis;
    private readonly bool _last;

    private ArgMax(int axis, bool last) => (_axis, _last) = (axis, last);

    /// <inheritdoc/>
    public static ArgMax Read(StepAttributes attributes) => new(attributes.Int("axis", 0), attributes.Flag("select_last_index"));

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, _axis));

    internal override void Run(in StepArguments arguments) => ExtremeIndex.Run(arguments, _last, float.NegativeInfinity, default(Kernel));

    private readonly struct Kernel : IComparison
    {
        public bool Apply<T>(T a, T b) where T : struct, INumber<T> => a > b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Mask<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Less(b, a);
    }
}
