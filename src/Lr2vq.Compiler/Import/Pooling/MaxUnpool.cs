using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MaxUnpool: numbers are put where MaxPool found them, zeros elsewhere; more zeros follow where a larger shape is asked for.</summary>
internal sealed class MaxUnpool() : OnnxOperator("MaxUnpool")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node.Floats(0), places = node.Indices(1);
        int spatial = x.Rank - 2;
        if (spatial < 1 || places.Rank != x.Rank || !places.Shape.Zip(x.Shape).All(pair => Shapes.MayBeEqual(pair.First, pair.Second))) throw node.Invalid($"{places} does not fit {x}");
        int[] kernel = node.Ints("kernel_shape") ?? [], strides = node.Ints("strides") ?? [.. kernel.Select(_ => 1)], pads = node.Ints("pads") ?? new int[2 * spatial];
        if (kernel.Length != spatial || strides.Length != spatial || pads.Length != 2 * spatial) throw node.Invalid($"its attributes do not fit {x}");
        Dimension[] shape = [x.Shape[0], x.Shape[1], .. Enumerable.Range(0, spatial).Select(d => (x.Shape[2 + d] - 1) * strides[d] + (kernel[d] - pads[d] - pads[spatial + d]))];
        if (shape.Any(length => length.IsConstant && length.Value < 1)) throw node.Invalid("its output is empty");
        Dimension[] all = [Shapes.Product(shape)], count = [Shapes.Product(x.Shape)];
        Value zeros = builder.Expand(builder.Reshape(builder.Scalar(0f, "zero"), [1]), all);
        Value flat = builder.Emit("ScatterElements", [zeros, builder.Reshape(places, count), builder.Reshape(x, count)], new AttributeList().Add("axis", 0), x.Type, all);
        bool larger = node.Optional(2) is not null;
        Value y = builder.Reshape(flat, shape, larger ? null : node.OutputName());
        if (larger)
        {
            Dimension[] wanted = node.Sizes(2, "its shape");
            if (wanted.Length != x.Rank) throw node.Invalid($"its shape does not fit {x}");
            Dimension[] more = [.. shape.Select(_ => Dimension.Zero), .. wanted.Zip(shape, (length, before) => length - before)];
            if (more.Any(length => length.IsConstant && length.Value < 0)) throw node.Unsupported("a shape that is smaller than what is unpooled");
            y = builder.Emit("Pad", [y], new AttributeList().Add("pads", more), x.Type, wanted, node.OutputName());
        }
        node.Return(y);
    }
}
