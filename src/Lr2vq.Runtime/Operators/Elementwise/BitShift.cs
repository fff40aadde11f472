using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX BitShift: <c>y = a &lt;&lt; b</c> or <c>a &gt;&gt; b</c>.</summary>
/// <remarks>(a, b) → (y), i32 or i64 (all the same), broadcast, plain; y may be the memory of a. Attribute direction (left or right).</remarks>
public sealed class BitShift : Operator, IOperator<BitShift>
{
    private readonly bool _left;

    private BitShift(bool left) => _left = left;

    /// <inheritdoc/>
    public static BitShift Read(StepAttributes attributes) => new(attributes.Text("direction", "left") == "left");

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: BroadcastPlan.Of(shapes));

    internal override void Run(in StepArguments arguments) => Broadcast.MapInteger(arguments, new Kernel(_left));

    internal readonly struct Kernel(bool left) : IIntegerBinaryKernel
    {
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
        {
            int count = int.CreateTruncating(b);
            return left ? a << count : a >> count;
        }
    }
}
