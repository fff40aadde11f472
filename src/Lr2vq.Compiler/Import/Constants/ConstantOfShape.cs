using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ConstantOfShape: one value everywhere.</summary>
internal sealed class ConstantOfShape() : OnnxOperator("ConstantOfShape")
{
    public override void Import(NodeContext node)
    {
        Dimension[] shape = node.Sizes(0, "its shape");
        if (shape.Any(length => length.IsConstant && length.Value < 0)) throw node.Invalid("a length is negative");
        ConstantTensor value = node.Attribute("value")?.Tensor is { } tensor ? new OnnxConstant(tensor) : ConstantTensor.Of([1], [0f]);
        node.FloatType = value is OnnxConstant typed ? typed.Tensor.ElementType : value.Type;
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
