using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>The images that a global pool makes one pixel of: channels of a plain tensor, blocks of a blocked one.</summary>
internal readonly record struct GlobalImages(long Images, long Pixels, int Lanes)
{
    /// <summary>The result has one pixel for each channel.</summary>
    public static void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(2, int.MaxValue);
        WindowRules.NotEmpty(x);
        Extent[] shape = x.Shape;
        for (int axis = 2; axis < shape.Length; axis++) shape[axis] = 1;
        rules.Output(0).IsLike(ElementType.Float32).HasLayout(x.Layout).HasShape(shape);
    }

    public static GlobalImages Of(in TensorView x)
    {
        long pixels = 1;
        for (int axis = 2; axis < x.Rank; axis++) pixels *= x.Shape[axis];
        return x.Layout == TensorLayout.Blocked
            ? new((long)x.Shape[0] * ((x.Shape[1] + 15) / 16), pixels, 16)
            : new((long)x.Shape[0] * x.Shape[1], pixels, 1);
    }
}
