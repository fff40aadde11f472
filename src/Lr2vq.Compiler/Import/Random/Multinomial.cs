using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Multinomial: of each row of logarithms the place whose sum with a random number of Gumbel's distribution is largest, which has the probability that the row says.</summary>
internal sealed class Multinomial() : OnnxOperator("Multinomial")
{
    /// <summary>Half of what lies between two numbers that are drawn: none of them is 0.</summary>
    private const float Least = 1f / (1 << 25);

    public override void Import(NodeContext node)
    {
        Value logits = node.Floats(0);
        if (logits.Rank != 2) throw node.Invalid($"its input has {logits.Rank} dimensions, not 2");
        int count = node.Int("sample_size", 1);
        if (count < 1) throw node.Invalid($"sample_size is {count}");
        var type = (ElementType)node.Int("dtype", (int)ElementType.Int32);
        if (type is not (ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(type);
        GraphBuilder builder = node.Builder;
        (Dimension rows, Dimension classes) = (logits.Shape[0], logits.Shape[1]);
        Value drawn = RandomStep.Uniform(node, [rows, count, classes], Least, 1);
        Value gumbel = builder.Unary("Neg", builder.Unary("Log", builder.Unary("Neg", builder.Unary("Log", drawn))));
        Value sums = builder.Binary("Add", builder.Reshape(logits, [rows, Dimension.One, classes]), gumbel);
        Value places = builder.Emit("ArgMax", [sums], new AttributeList().Add("axis", 2), ElementType.Int64, [rows, count]);
        node.Return(builder.Cast(places, type, node.OutputName()));
    }
}
