using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>BiasAdd: the sum of the input, a vector and another input.</summary>
internal sealed class BiasAdd() : MicrosoftOperator("BiasAdd")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), skip = node.Floats(2);
        if (skip.Rank != x.Rank || Shapes.Broadcast(x.Shape, skip.Shape) is null) throw node.Invalid($"{skip} does not fit {x}");
        node.Return(node.Builder.Binary("Add", Sum(node, x, 1), skip, output: node.OutputName()));
    }

    /// <summary>A value and the vector <paramref name="input"/> along its last axis.</summary>
    internal static Value Sum(NodeContext node, Value x, int input)
    {
        Value bias = node.Floats(input);
        return bias.Rank == 1 && x.Rank > 0 && Shapes.MayBeEqual(bias.Shape[0], x.Shape[^1])
            ? node.Builder.Binary("Add", x, bias)
            : throw node.Invalid($"the bias {bias} does not fit {x}");
    }
}
