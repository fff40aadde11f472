using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>EmbedLayerNormalization: embeddings of words, positions and segments are added and normalized.</summary>
internal sealed class EmbedLayerNormalization() : MicrosoftOperator("EmbedLayerNormalization")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value ids = node.Indices(0), words = Table(node, 2), positions = Table(node, 3);
        if (ids.Rank != 2) throw node.Invalid($"{ids} does not have two dimensions");
        Dimension images = ids.Shape[0], length = ids.Shape[1];
        Value given = node.Optional(8) is not null ? node.Indices(8) : builder.Reshape(builder.Range(Dimension.Zero, Dimension.One, length, ElementType.Int64), [1, length]);
        if (given.Rank != 2) throw node.Invalid($"{given} does not have two dimensions");
        Value sum = builder.Binary("Add", Rows(builder, words, ids), Rows(builder, positions, given));
        if (node.Optional(1) is not null && node.Optional(4) is not null)
        {
            Value segments = node.Indices(1);
            if (segments.Rank != 2) throw node.Invalid($"{segments} does not have two dimensions");
            sum = builder.Binary("Add", sum, Rows(builder, Table(node, 4), segments));
        }
        if (!sum.Shape.Zip([images, length, words.Shape[1]]).All(pair => Shapes.MayBeEqual(pair.First, pair.Second))) throw node.Invalid("its embeddings do not fit each other");
        node.Results[0] = LayerNormalization.Last(node, "LayerNormalization", sum, node.Floats(5), node.Floats(6), 1e-12f, node.OutputName());
        if (node.Wants(1)) node.Results[1] = Lengths(node, ids);
        if (node.Wants(2)) node.Results[2] = sum;
    }

    private static Value Table(NodeContext node, int input) => node.Floats(input) is { Rank: 2 } table ? table : throw node.Invalid($"the embedding {node[input]} is no matrix");

    private static Value Rows(GraphBuilder builder, Value table, Value indices) =>
        builder.Emit("Gather", [table, indices], new AttributeList().Add("axis", 0), table.Type, [.. indices.Shape, table.Shape[1]]);

    /// <summary>How many ones the mask of each image has; none without a mask.</summary>
    private static Value Lengths(NodeContext node, Value ids)
    {
        GraphBuilder builder = node.Builder;
        Dimension[] shape = [ids.Shape[0]];
        if (node.Optional(7) is null) return builder.Expand(builder.Constant(ConstantTensor.Of(ElementType.Int32, [], [0L])!, "none"), shape, node.OutputName(1));
        Value mask = node.Indices(7);
        if (mask.Rank != 2 || !Shapes.MayBeEqual(mask.Shape[0], shape[0])) throw node.Invalid($"the mask {mask} does not fit {ids}");
        Value ones = builder.Binary("Equal", mask, builder.Constant(ConstantTensor.Of(mask.Type, [], [1L])!, "one"), ElementType.Bool);
        return builder.Emit("ReduceSum", [builder.Cast(ones, ElementType.Int32)], new AttributeList().Add("axes", [1]), ElementType.Int32, shape, node.OutputName(1));
    }
}
