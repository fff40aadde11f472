using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>AffineGrid: for each pixel of an image the place that a matrix takes it to.</summary>
internal sealed class AffineGrid() : OnnxOperator("AffineGrid")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value theta = node.Floats(0);
        int[] size = node.Numbers(1, "its size");
        int spatial = size.Length - 2;
        if (spatial is not (2 or 3) || theta.Rank != 3 || new[] { size[0], spatial, spatial + 1 }.Where((length, axis) => !Shapes.MayBeEqual(theta.Shape[axis], length)).Any() || size.Any(length => length < 1))
            throw node.Invalid($"{theta} does not fit a size of {size.Length} numbers");
        bool corners = node.Int("align_corners", 0) != 0;
        // x belongs to the last axis of the image, and comes first in the matrix and in the result.
        Value Column(int which) => builder.Reshape(builder.Slice(theta, 2, which, 1), [theta.Shape[0], .. Enumerable.Repeat(Dimension.One, spatial), spatial]);
        Value sum = Column(spatial);
        for (int which = 0; which < spatial; which++)
        {
            int axis = spatial - 1 - which, length = size[2 + axis];
            int[] places = [.. Enumerable.Repeat(1, spatial + 2)];
            places[1 + axis] = length;
            float[] values = [.. Enumerable.Range(0, length).Select(i => !corners ? (float)((2.0 * i + 1) / length - 1) : length == 1 ? 1f : (float)(2.0 * i / (length - 1) - 1))];
            Value term = builder.Binary("Mul", Column(which), builder.Constant(ConstantTensor.Of(places, values), "xyz"[which..(which + 1)]));
            sum = builder.Binary("Add", term, sum, output: which == spatial - 1 ? node.OutputName() : null);
        }
        node.Return(sum);
    }
}
