using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Constant: a tensor or numbers as attribute.</summary>
internal sealed class ConstantNode() : OnnxOperator("Constant")
{
    public override void Import(NodeContext node)
    {
        string name = node.OutputName() ?? "";
        ConstantTensor? constant = null;
        if (node.Attribute("value")?.Tensor is { } tensor) constant = new OnnxConstant(tensor);
        else if (node.Attribute("value_float") is { } number) constant = ConstantTensor.Of([], [number.Float]);
        else if (node.Attribute("value_floats") is { } numbers) constant = ConstantTensor.Of([numbers.Floats.Length], numbers.Floats);
        else if (node.Attribute("value_int") is { } integer) constant = ConstantTensor.Of([], [integer.Int]);
        else if (node.Attribute("value_ints") is { } integers) constant = ConstantTensor.Of([integers.Ints.Length], integers.Ints);
        node.Return(Value.Of(name, constant ?? throw node.Unsupported("a constant that is no dense tensor of numbers")));
    }
}

/// <summary>ConstantOfShape: one value everywhere.</summary>
internal sealed class ConstantOfShape() : OnnxOperator("ConstantOfShape")
{
    public override void Import(NodeContext node)
    {
        Dimension[] shape = node.Sizes(0, "its shape");
        if (shape.Any(length => length.IsConstant && length.Value < 0)) throw node.Invalid("a length is negative");
        ConstantTensor value = node.Attribute("value")?.Tensor is { } tensor ? new OnnxConstant(tensor) : ConstantTensor.Of([1], [0f]);
        if (value.Count != 1 || value.Type == ElementType.String) throw node.Invalid("its value is not one number");
        if (Shapes.Product(shape) is { IsConstant: true, Value: > ConstantFolding.MostElements } total) throw node.Unsupported($"{total} elements");
        if (Shapes.Numbers(shape) is { } numbers)
        {
            node.Return(Value.Of(node.OutputName() ?? "", new UniformConstant(value.Type, numbers, value.ToBytes())));
            return;
        }
        node.Return(node.Builder.Expand(node.Builder.Constant(new ReshapedConstant(value, []), "value"), shape, node.OutputName()));
    }
}

/// <summary>Range of integers whose bounds are known as expressions, or of constant floats.</summary>
internal sealed class RangeOf() : OnnxOperator("Range")
{
    public override void Import(NodeContext node)
    {
        Value first = node[0];
        if (first.IsFloat)
        {
            if (node[0].Scalar is not { } start || node[1].Scalar is not { } limit || node[2].Scalar is not { } delta) throw node.DataDependent("its bounds");
            double count = Math.Ceiling(((double)limit - start) / delta);
            if (double.IsNaN(count) || count > 1 << 24) throw node.Invalid("its bounds make no sense");
            float[] values = [.. Enumerable.Range(0, (int)Math.Max(0, count)).Select(i => start + i * delta)];
            node.Return(Value.Of(node.OutputName() ?? "", ConstantTensor.Of([values.Length], values)));
            return;
        }
        if (first.Type is not (ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(first.Type);
        Dimension from = node.Sizes(0, "its start")[0], to = node.Sizes(1, "its limit")[0], step = node.Sizes(2, "its step")[0];
        if (!step.IsConstant || step.Value == 0) throw node.Unsupported("a step that is 0 or no number");
        Dimension length = step.Value > 0 ? Dimension.CeilingDivide(to - from, step) : Dimension.CeilingDivide(from - to, -step.Value);
        AttributeList attributes = new AttributeList().Add("start", [from]).Add("delta", [step]);
        node.Return(node.Builder.Emit("Range", [], attributes, first.Type, [Dimension.Max(length, 0)], node.OutputName()));
    }
}

/// <summary>EyeLike: ones on a diagonal.</summary>
internal sealed class EyeLike() : OnnxOperator("EyeLike")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (x.Rank != 2) throw node.Invalid("its operand is no matrix");
        ElementType type = node.Attribute("dtype") is { } dtype ? OnnxDataType.ToElementType(dtype.Int) : x.Type;
        if (type is ElementType.Undefined or ElementType.String) throw node.UnsupportedType(type);
        if (ElementTypes.IsFloat(type)) type = ElementType.Float32;
        node.Return(node.Builder.Emit("EyeLike", [x], new AttributeList().Add("k", node.Int("k", 0), 0), type, x.Shape, node.OutputName()));
    }
}

/// <summary>OneHot.</summary>
internal sealed class OneHot() : OnnxOperator("OneHot")
{
    public override void Import(NodeContext node)
    {
        Value indices = node[0], values = node[2];
        Dimension depth = node.Sizes(1, "its depth") is [{ } only] ? only : throw node.Invalid("its depth is not one number");
        if (indices.IsFloat) indices = node.Builder.Cast(indices, ElementType.Int64);
        int rank = indices.Rank + 1, axis = node.Axis(node.Int("axis", -1), rank);
        Dimension[] shape = [.. indices.Shape[..axis], depth, .. indices.Shape[axis..]];
        node.Return(node.Builder.Emit("OneHot", [indices, values], new AttributeList().Add("axis", axis), values.Type, shape, node.OutputName()));
    }
}
