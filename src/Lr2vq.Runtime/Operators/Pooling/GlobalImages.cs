using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>The images that a global pool makes one pixel of: channels of a plain tensor, blocks of a blocked one.</summary>
internal readonly record struct GlobalImages(long Images, long Pixels, int Lanes)
{
    public static GlobalImages Of(in TensorView x)
    {
        long pixels = 1;
        for (int axis = 2; axis < x.Rank; axis++) pixels *= x.Shape[axis];
        return x.Layout == TensorLayout.Blocked
            ? new((long)x.Shape[0] * ((x.Shape[1] + 15) / 16), pixels, 16)
            : new((long)x.Shape[0] * x.Shape[1], pixels, 1);
    }
}
