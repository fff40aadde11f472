using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Einsum: operands are joined from the left, by products of matrices where an axis is summed, else element by element.</summary>
internal sealed class Einsum() : OnnxOperator("Einsum")
{
    /// <summary>A value with a label for each axis.</summary>
    private readonly record struct Term(Value Value, int[] Labels);

    public override void Import(NodeContext node)
    {
        string text = node.Text("equation", "");
        Value[] inputs = [.. Enumerable.Range(0, node.InputCount).Select(i => node[i])];
        if (inputs.Length == 0 || inputs.Any(input => input.Type != inputs[0].Type)) throw node.Invalid("its operands have different types");
        if (inputs[0].Type is not (ElementType.Float32 or ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(inputs[0].Type);
        EinsumEquation equation = EinsumEquation.Parse(text, [.. inputs.Select(input => input.Rank)]) ?? throw node.Invalid($"the equation '{text}' does not fit its operands");
        var terms = new List<Term>();
        for (int i = 0; i < inputs.Length; i++) terms.Add(Diagonal(node, new Term(inputs[i], equation.Operands[i])));
        Dictionary<int, Dimension> lengths = Lengths(node, terms);
        for (int i = 0; i < terms.Count; i++) terms[i] = WithoutOnes(node.Builder, terms[i], lengths);
        Term joined = terms[0];
        for (int i = 1; i < terms.Count; i++)
        {
            HashSet<int> needed = [.. equation.Result, .. terms.Skip(i + 1).SelectMany(term => term.Labels)];
            joined = Join(node.Builder, Sum(node.Builder, joined, [.. needed, .. terms[i].Labels]), Sum(node.Builder, terms[i], [.. needed, .. joined.Labels]), needed);
        }
        joined = Sum(node.Builder, joined, [.. equation.Result]);
        node.Return(node.Builder.Transpose(joined.Value, [.. equation.Result.Select(label => Array.IndexOf(joined.Labels, label))], node.OutputName()));
    }

    /// <summary>The length of each label; one operand may have the length 1 where others have more.</summary>
    private static Dictionary<int, Dimension> Lengths(NodeContext node, List<Term> terms)
    {
        var lengths = new Dictionary<int, Dimension>();
        foreach (Term term in terms)
            for (int axis = 0; axis < term.Labels.Length; axis++)
            {
                Dimension length = term.Value.Shape[axis];
                if (!lengths.TryGetValue(term.Labels[axis], out Dimension? known) || known.Equals(Dimension.One)) lengths[term.Labels[axis]] = length;
                else if (!length.Equals(Dimension.One))
                    lengths[term.Labels[axis]] = Shapes.MayBeEqual(known, length) ? Shapes.Simpler(known, length) : throw node.Invalid($"an axis has the lengths {known} and {length}");
            }
        return lengths;
    }

    /// <summary>Leaves out axes of length 1 where the label is longer elsewhere.</summary>
    private static Term WithoutOnes(GraphBuilder builder, Term term, Dictionary<int, Dimension> lengths)
    {
        int[] kept = [.. Enumerable.Range(0, term.Labels.Length).Where(axis => !term.Value.Shape[axis].Equals(Dimension.One) || lengths[term.Labels[axis]].Equals(Dimension.One))];
        return new Term(builder.Reshape(term.Value, [.. kept.Select(axis => term.Value.Shape[axis])]), [.. kept.Select(axis => term.Labels[axis])]);
    }

    /// <summary>A label that an operand has twice: the elements whose places on both axes are the same.</summary>
    private static Term Diagonal(NodeContext node, Term term)
    {
        GraphBuilder builder = node.Builder;
        while (term.Labels.Distinct().Count() < term.Labels.Length)
        {
            int label = term.Labels.First(one => term.Labels.Count(other => other == one) > 1);
            int first = Array.IndexOf(term.Labels, label), second = Array.IndexOf(term.Labels, label, first + 1);
            Dimension length = term.Value.Shape[first];
            if (!Shapes.MayBeEqual(length, term.Value.Shape[second])) throw node.Invalid($"an axis has the lengths {length} and {term.Value.Shape[second]}");
            if (!length.IsConstant || length.Value == 0) throw node.NotANumber("the length of a diagonal", length);
            int[] others = [.. Enumerable.Range(0, term.Labels.Length).Where(axis => axis != first && axis != second)];
            Dimension[] shape = [.. others.Select(axis => term.Value.Shape[axis])];
            Value square = builder.Reshape(builder.Transpose(term.Value, [.. others, first, second]), [.. shape, length * length]);
            AttributeList attributes = new AttributeList().Add("axes", [others.Length]).Add("starts", [Dimension.Zero]).Add("steps", [NodeContext.Narrow(length.Value) + 1]);
            term = new Term(builder.Emit("Slice", [square], attributes, square.Type, [.. shape, length]), [.. others.Select(axis => term.Labels[axis]), label]);
        }
        return term;
    }

    /// <summary>Sums the axes whose labels nothing needs.</summary>
    private static Term Sum(GraphBuilder builder, Term term, HashSet<int> needed)
    {
        int[] axes = [.. Enumerable.Range(0, term.Labels.Length).Where(axis => !needed.Contains(term.Labels[axis]))];
        if (axes.Length == 0) return term;
        Dimension[] shape = [.. term.Value.Shape.Where((_, axis) => !axes.Contains(axis))];
        return new Term(builder.Emit("ReduceSum", [term.Value], new AttributeList().Add("axes", axes), term.Value.Type, shape), [.. term.Labels.Where((_, axis) => !axes.Contains(axis))]);
    }

    private static Term Join(GraphBuilder builder, Term a, Term b, HashSet<int> needed)
    {
        // A weight is the right operand of a product.
        if (a.Value.Constant is not null && b.Value.Constant is null) (a, b) = (b, a);
        int[] batch = [.. a.Labels.Where(label => b.Labels.Contains(label) && needed.Contains(label))], inner = [.. a.Labels.Where(label => b.Labels.Contains(label) && !needed.Contains(label))];
        int[] left = [.. a.Labels.Except(b.Labels)], right = [.. b.Labels.Except(a.Labels)], all = [.. batch, .. left, .. right];
        Value first = Ordered(builder, a, [.. batch, .. left, .. inner]), second = Ordered(builder, b, [.. batch, .. inner, .. right]);
        Dimension[] batchShape = first.Shape[..batch.Length], leftShape = first.Shape[batch.Length..(batch.Length + left.Length)], rightShape = second.Shape[(batch.Length + inner.Length)..];
        Dimension[] shape = [.. batchShape, .. leftShape, .. rightShape];
        if (inner.Length == 0 || !first.IsFloat)
        {
            // Each on axes of its own; what is summed comes last.
            first = builder.Reshape(first, [.. batchShape, .. leftShape, .. Ones(right.Length), .. first.Shape[(batch.Length + left.Length)..]]);
            second = Ordered(builder, b, [.. batch, .. right, .. inner]);
            second = builder.Reshape(second, [.. second.Shape[..batch.Length], .. Ones(left.Length), .. second.Shape[batch.Length..]]);
            return Sum(builder, new Term(builder.Binary("Mul", first, second), [.. all, .. inner]), [.. all]);
        }
        Dimension rows = Shapes.Product(leftShape), columns = Shapes.Product(rightShape), depth = Shapes.Product(second.Shape[batch.Length..(batch.Length + inner.Length)]);
        second = builder.Reshape(second, [.. second.Shape[..batch.Length], depth, columns]);
        bool weight = second.Constant is not null && batch.Length == 0 && second.Count != 0;
        first = builder.Reshape(first, weight ? [.. leftShape, depth] : [.. batchShape, rows, depth]);
        Dimension[] product = weight ? [.. leftShape, columns] : [.. batchShape, rows, columns];
        if (weight && left.Length == 0) (first, product) = (builder.Reshape(first, [1, depth]), [1, columns]);
        return new Term(builder.Reshape(builder.Emit(weight ? "Gemm" : "MatMul", [first, second], StepAttributes.Empty, ElementType.Float32, product), shape), all);
    }

    private static Value Ordered(GraphBuilder builder, Term term, int[] labels) => builder.Transpose(term.Value, [.. labels.Select(label => Array.IndexOf(term.Labels, label))]);

    private static IEnumerable<Dimension> Ones(int count) => Enumerable.Repeat(Dimension.One, count);
}
