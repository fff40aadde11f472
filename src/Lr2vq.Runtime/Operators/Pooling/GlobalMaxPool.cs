using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX GlobalMaxPool: the largest element of each channel.</summary>
public sealed class GlobalMaxPool : Operator, IOperator<GlobalMaxPool>
{
    private GlobalMaxPool()
    {
    }

    /// <inheritdoc/>
    public static GlobalMaxPool Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules) => GlobalImages.Check(rules);

    internal override unsafe void Run(in StepArguments arguments)
    {
        GlobalImages of = GlobalImages.Of(arguments.Inputs[0]);
        GlobalPooling.Run(arguments.Team, arguments.Inputs[0].F32, arguments.Outputs[0].F32, of.Images, of.Pixels, of.Lanes, default(MaxOfWindow));
    }
}
