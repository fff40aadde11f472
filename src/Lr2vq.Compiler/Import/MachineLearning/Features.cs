using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Attributes with one number, or one for each feature.</summary>
internal static class Features
{
    /// <summary>A list of floats that broadcasts along the last axis of x.</summary>
    public static Value Of(NodeContext node, Value x, string name)
    {
        float[] values = node.Attribute(name)?.Floats ?? [];
        Check(node, x, name, values.Length);
        return node.Builder.Constant(ConstantTensor.Of([values.Length], values), name);
    }

    /// <summary>A list of whole numbers that broadcasts along the last axis of x.</summary>
    public static Value OfLongs(NodeContext node, Value x, string name)
    {
        long[] values = node.Attribute(name)?.Ints ?? [];
        Check(node, x, name, values.Length);
        return node.Builder.Constant(ConstantTensor.Of([values.Length], values), name);
    }

    private static void Check(NodeContext node, Value x, string name, int count)
    {
        if (x.Rank == 0 || count == 0 || count > 1 && !NodeContext.Unify(x.Shape[^1], count)) throw node.Invalid($"the {count} numbers of {name} do not fit {x}");
    }
}
