using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Add: <c>y = a + b</c>, then an activation.</summary>
/// <remarks>(a, b) → (y), f32, i32, i64 or u64 (all the same), broadcast; f32 plain or blocked (both of one shape, or one [·, C, 1, 1] blocked or a plain
/// scalar); y may be the memory of a. Attributes act and actp (f32 only), as for convolutions.</remarks>
public sealed class Add : BroadcastOperator, IOperator<Add>
{
    private Add(FollowingActivation activation) : base(new Loop(activation)) { }

    /// <inheritdoc/>
    public static Add Read(StepAttributes attributes) => new(FollowingActivation.Read(attributes));

    private sealed class Loop(FollowingActivation activation) : ElementLoop
    {
        public override void Check(in StepRules rules)
        {
            rules.Binary(ElementType.Float32, ElementType.Int32, ElementType.Int64, ElementType.UInt64);
            if (!activation.IsNone) rules.Output(0).IsLike(ElementType.Float32);
        }

        public override void Run(in StepArguments arguments)
        {
            if (arguments.Outputs[0].Type != ElementType.Float32) Broadcast.Integers(arguments, default(Kernel));
            else if (activation.IsRelu) Broadcast.Map(arguments, default(ReluKernel));
            else
            {
                Broadcast.Map(arguments, default(Kernel));
                activation.Apply(arguments.Outputs[0], arguments.Team);
            }
        }
    }

    private readonly struct Kernel : IBinaryKernel, IIntegerBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Add(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => a + b;
    }

    private readonly struct ReluKernel : IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Max(L.Zero, L.Add(a, b));
    }
}
