using Lr2vq.Graphs;
using Lr2vq.Onnx;

namespace Lr2vq.Import;

/// <summary>Constant: a tensor or numbers as attribute.</summary>
internal sealed class Constant() : OnnxOperator("Constant")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        string name = node.OutputName() ?? "";
        ConstantTensor? constant = null;
        if (node.Attribute("value")?.Tensor is { } tensor)
        {
            constant = new OnnxConstant(tensor);
            node.FloatType = tensor.ElementType;
            node.ExactResult = OnnxConstant.Exact(tensor);
        }
        else if (node.Attribute("value_float") is { } number) constant = ConstantTensor.Of([], [number.Float]);
        else if (node.Attribute("value_floats") is { } numbers) constant = ConstantTensor.Of([numbers.Floats.Length], numbers.Floats);
        else if (node.Attribute("value_int") is { } integer) constant = ConstantTensor.Of([], [integer.Int]);
        else if (node.Attribute("value_ints") is { } integers) constant = ConstantTensor.Of([integers.Ints.Length], integers.Ints);
        node.Return(Value.Of(name, constant ?? throw node.Unsupported("a constant that is no dense tensor of numbers")));
    }
}
