using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Blocks of sixteen channels, [N, ⌈C/16⌉, H, W, 16], to row-major [N, C, H, W].</summary>
public sealed class ToPlain : Operator, IOperator<ToPlain>
{
    private ToPlain() { }

    /// <inheritdoc/>
    public static ToPlain Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasLayout(TensorLayout.Blocked).HasRank(4);
        rules.Output(0).IsLike(ElementType.Float32).HasLayout(TensorLayout.Plain).HasShape(x.Shape);
    }

    internal override unsafe void Run(in StepArguments arguments) =>
        ChannelBlocks.Run(arguments.Team, arguments.Outputs[0].F32, arguments.Inputs[0].F32, arguments.Outputs[0].Shape, default(Copies));

    private readonly unsafe struct Copies : IBlockCopy
    {
        public void Copy(float* plain, float* blocked, long pixels, int lanes) => Transpose16.FromLanes(blocked, pixels, lanes, plain, pixels);
    }
}
