using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>STFT: pieces of a signal, times a window, each transformed.</summary>
internal sealed class STFT() : OnnxOperator("STFT")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node.Floats(0);
        if (x.Rank != 3) throw node.Invalid($"{x} does not have three dimensions");
        int step = node.Number(1, "the step of its frames");
        Value? window = node.Optional(2) is null ? null : node.Floats(2);
        if (window is { Rank: not 1 }) throw node.Invalid($"the window {window} is no vector");
        Dimension length = node.Optional(3) is not null ? node.Number(3, "the length of its frames")
            : window?.Shape[0] ?? throw node.Invalid("neither a window nor the length of its frames is there");
        if (step < 1 || length.IsConstant && length.Value < 1 || window is not null && !Shapes.MayBeEqual(window.Shape[0], length)) throw node.Invalid("its window and frames do not fit");
        Dimension frames = Dimension.FloorDivide(x.Shape[1] - length, step) + 1;
        Value starts = builder.Reshape(builder.Range(Dimension.Zero, step, frames, ElementType.Int64), [frames, 1]);
        Value places = builder.Binary("Add", starts, builder.Range(Dimension.Zero, Dimension.One, length, ElementType.Int64));
        Value pieces = builder.Emit("Gather", [x, places], new AttributeList().Add("axis", 1), x.Type, [x.Shape[0], frames, length, x.Shape[2]]);
        if (window is not null) pieces = builder.Binary("Mul", pieces, builder.Reshape(window, [length, 1]));
        node.Return(DFT.Transform(node, pieces, inverse: false, node.Int("onesided", 1) != 0));
    }
}
