using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Row-major [N, C, H, W] to blocks of sixteen channels, [N, ⌈C/16⌉, H, W, 16]; lanes beyond C become zero.</summary>
public sealed class ToBlocked : Operator, IOperator<ToBlocked>
{
    private ToBlocked() { }

    /// <inheritdoc/>
    public static ToBlocked Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasLayout(TensorLayout.Plain).HasRank(4);
        rules.Output(0).IsLike(ElementType.Float32).HasLayout(TensorLayout.Blocked).HasShape(x.Shape);
    }

    internal override unsafe void Run(in StepArguments arguments) =>
        ChannelBlocks.Run(arguments.Team, arguments.Inputs[0].F32, arguments.Outputs[0].F32, arguments.Inputs[0].Shape, default(Copies));

    private readonly unsafe struct Copies : IBlockCopy
    {
        public void Copy(float* plain, float* blocked, long pixels, int lanes) => Transpose16.ToLanes(plain, pixels, lanes, pixels, blocked);
    }
}
