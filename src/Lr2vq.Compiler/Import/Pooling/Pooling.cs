using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MaxPool, AveragePool and LpPool over one or two axes.</summary>
internal sealed class Pooling() : OnnxOperator("MaxPool", "AveragePool", "LpPool")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        int spatial = Window.Spatial(node, x);
        int[] given = node.Ints("kernel_shape") ?? throw node.Invalid("kernel_shape is missing");
        if (given.Length != spatial || given.Any(k => k < 1)) throw node.Invalid($"kernel_shape does not fit an input of {x.Rank} dimensions");
        int[] kernel = spatial == 1 ? [1, given[0]] : given;
        bool max = node.OpType == "MaxPool", includePad = node.Int("count_include_pad", 0) != 0;
        var window = new Window(node, x, kernel, max ? float.NegativeInfinity : 0f);
        if (window.IsPadded && node.OpType == "AveragePool" && !includePad) throw node.Unsupported("auto_pad of a symbolic length without count_include_pad");
        AttributeList attributes = new AttributeList().Add("kernel_shape", kernel).Add("strides", window.Strides, [1, 1])
            .Add("pads", window.Pads, [0, 0, 0, 0]).Add("dilations", window.Dilations, [1, 1]);
        if (node.OpType == "AveragePool") attributes.Flag("count_include_pad", includePad);
        if (node.OpType == "LpPool") attributes.Add("p", node.Int("p", 2), 2);
        Dimension[] shape = [x.Shape[0], x.Shape[1], .. window.Outputs];
        if (!node.Wants(1))
        {
            Value y = node.Builder.Emit(node.OpType, [window.Input], attributes, x.Type, shape, spatial == 2 ? node.OutputName() : null);
            node.Return(Window.Drop(node, y, spatial, node.OutputName()));
            return;
        }
        if (!max || window.IsPadded) throw node.Unsupported("its second output is used");
        attributes.Add("storage_order", node.Int("storage_order", 0), 0);
        Value[] both = node.Builder.Emit(node.OpType, [window.Input], attributes,
            [new Value(node.OutputName() ?? "", x.Type, shape), new Value(node.OutputName(1)!, ElementType.Int64, shape)]);
        node.Return(Window.Drop(node, both[0], spatial, node.OutputName()), Window.Drop(node, both[1], spatial, node.OutputName(1)));
    }
}
