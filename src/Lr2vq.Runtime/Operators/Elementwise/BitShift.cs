using System;
using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX BitShift: <c>y = a &lt;&lt; b</c> or <c>a &gt;&gt; b</c>.</summary>
/// <remarks>(a, b) → (y), i32, i64 or u64 (all the same), broadcast, plain; y may be the memory of a. Attribute direction (left or right).</remarks>
public sealed class BitShift : BroadcastOperator, IOperator<BitShift>
{
    private BitShift(Kernel kernel) : base(new BinaryIntegerLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static BitShift Read(StepAttributes attributes) => new(new Kernel(attributes.Text("direction", "left") switch
    {
        "left" => true,
        "right" => false,
        string other => throw new FormatException($"Direction '{other}' is not known."),
    }));

    private readonly struct Kernel(bool left) : IIntegerBinaryKernel
    {
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
        {
            int count = int.CreateTruncating(b);
            return left ? a << count : a >> count;
        }
    }
}
