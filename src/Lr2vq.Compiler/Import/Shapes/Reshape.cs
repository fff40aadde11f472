using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Reshape: 0 copies a dimension, −1 takes what is left.</summary>
internal sealed class Reshape() : OnnxOperator("Reshape")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        Dimension[] wanted = [.. node.Sizes(1, "its shape")];
        bool allowZero = node.Int("allowzero", 0) != 0;
        int free = -1;
        for (int i = 0; i < wanted.Length; i++)
            if (!wanted[i].IsConstant) continue;
            else if (wanted[i].Value == 0 && !allowZero)
                wanted[i] = i < x.Rank ? x.Shape[i] : throw node.Invalid($"dimension {i} cannot be copied from {x}");
            else if (wanted[i].Value == -1 && free < 0) free = i;
            else if (wanted[i].Value < 0) throw node.Invalid("its shape has negative dimensions");
        Dimension total = Shapes.Product(x.Shape);
        if (free >= 0)
        {
            Dimension others = Shapes.Product(wanted.Where((_, i) => i != free));
            if (others.Equals(Dimension.Zero)) throw node.Invalid("its shape leaves a dimension open");
            wanted[free] = Dimension.TryDivide(total, others) ?? (total.IsConstant && others.IsConstant
                ? throw node.Invalid($"{total} elements cannot be divided into [{string.Join(",", (object[])wanted)}]")
                : Dimension.FloorDivide(total, others));
        }
        else if (!Shapes.MayBeEqual(total, Shapes.Product(wanted)))
            throw node.Invalid($"{x} cannot become [{string.Join(",", (object[])wanted)}]");
        node.Return(node.Builder.Reshape(x, wanted, node.OutputName()));
    }
}
