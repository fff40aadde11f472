using Lr2vq.Graphs;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>RotaryEmbedding (opset 23): pairs of numbers of each head are turned by angles that belong to their position.</summary>
internal sealed class RotaryEmbedding() : OnnxOperator("RotaryEmbedding")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value given = node.Floats(0), x = given, cosines = node.Floats(1), sines = node.Floats(2);
        // [images, positions, heads, length of a head]
        if (x.Rank == 4) x = builder.Transpose(x, [0, 2, 1, 3]);
        else if (x.Rank == 3 && node.Int("num_heads", 0) is > 0 and var heads && x.Shape[2].IsConstant && x.Shape[2].Value % heads == 0)
            x = builder.Reshape(x, [x.Shape[0], x.Shape[1], heads, x.Shape[2].Value / heads]);
        else throw node.Invalid($"{x} cannot be divided into heads (num_heads)");
        if (!x.Shape[3].IsConstant) throw node.NotANumber("the length of a head", x.Shape[3]);
        int length = NodeContext.Narrow(x.Shape[3].Value), turned = node.Int("rotary_embedding_dim", 0), half;
        if (turned == 0) turned = length;
        if (turned < 0 || turned > length || turned % 2 != 0) throw node.Invalid($"{turned} of {length} numbers cannot be turned in pairs");
        half = turned / 2;
        Value Angles(Value table)
        {
            if (node.Optional(3) is not null)
            {
                Value positions = node.Indices(3);
                if (table.Rank != 2 || positions.Rank != 2) throw node.Invalid($"{table} and {positions} do not fit");
                table = builder.Emit("Gather", [table, positions], new AttributeList().Add("axis", 0), table.Type, [.. positions.Shape, table.Shape[1]]);
            }
            if (table.Rank != 3 || !NodeContext.Unify(table.Shape[2], half)) throw node.Invalid($"{table} does not fit {half} pairs");
            return builder.Reshape(table, [table.Shape[0], table.Shape[1], 1, half]);
        }
        (cosines, sines) = (Angles(cosines), Angles(sines));
        bool neighbours = node.Int("interleaved", 0) != 0;
        Value turning = builder.Slice(x, 3, 0, turned), first, second;
        Dimension[] pairs = [.. x.Shape[..3], half];
        if (neighbours)
        {
            Value both = builder.Reshape(turning, [.. pairs, 2]);
            first = builder.Reshape(builder.Slice(both, 4, 0, 1), pairs);
            second = builder.Reshape(builder.Slice(both, 4, 1, 1), pairs);
        }
        else
        {
            first = builder.Slice(turning, 3, 0, half);
            second = builder.Slice(turning, 3, half, half);
        }
        Value real = builder.Binary("Sub", builder.Binary("Mul", first, cosines), builder.Binary("Mul", second, sines));
        Value imaginary = builder.Binary("Add", builder.Binary("Mul", first, sines), builder.Binary("Mul", second, cosines));
        Value done = neighbours
            ? builder.Reshape(builder.Concat([builder.Reshape(real, [.. pairs, 1]), builder.Reshape(imaginary, [.. pairs, 1])], 4), [.. x.Shape[..3], turned])
            : builder.Concat([real, imaginary], 3);
        if (turned < length) done = builder.Concat([done, builder.Slice(x, 3, turned, length - turned)], 3);
        node.Return(given.Rank == 4 ? builder.Transpose(done, [0, 2, 1, 3], node.OutputName()) : builder.Reshape(done, given.Shape, node.OutputName()));
    }
}
