using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MaxPool, AveragePool and LpPool over one or two axes.</summary>
internal sealed class Pooling() : OnnxOperator("MaxPool", "AveragePool", "LpPool")
{
    public override void Import(NodeContext node)
    {
        // Bytes are compared as the floats that they are exactly.
        bool bytes = node.OpType == "MaxPool" && node[0].Type is ElementType.UInt8 or ElementType.Int8;
        Value x = bytes ? node.Builder.Cast(node[0], ElementType.Float32) : node.Floats(0);
        if (node.Wants(1)) Indices(node, x);
        else if (bytes) node.Return(node.Builder.Cast(Emit(node, node.OpType, x, null), node[0].Type, node.OutputName()));
        else node.Return(Emit(node, node.OpType, x, node.OutputName()));
    }

    /// <summary>Adds the pool.</summary>
    public static Value Emit(NodeContext node, string op, Value x, string? output)
    {
        (Window window, AttributeList attributes, Dimension[] shape) = Read(node, op, x);
        int spatial = x.Rank - 2;
        return Window.Drop(node, node.Builder.Emit(op, [window.Input], attributes, x.Type, shape, spatial == 2 ? output : null), spatial, output);
    }

    private static void Indices(NodeContext node, Value x)
    {
        (Window window, AttributeList attributes, Dimension[] shape) = Read(node, node.OpType, x);
        if (node.OpType != "MaxPool" || window.IsPadded) throw node.Unsupported("its second output is used");
        attributes.Add("storage_order", node.Int("storage_order", 0), 0);
        bool bytes = node[0].Type != x.Type;
        Value[] both = node.Builder.Emit(node.OpType, [window.Input], attributes,
            [new Value(bytes ? "" : node.OutputName() ?? "", x.Type, shape), new Value(node.OutputName(1)!, ElementType.Int64, shape)]);
        int spatial = x.Rank - 2;
        node.Return(node.Builder.Cast(Window.Drop(node, both[0], spatial, bytes ? null : node.OutputName()), node[0].Type, node.OutputName()), Window.Drop(node, both[1], spatial, node.OutputName(1)));
    }

    private static (Window Window, AttributeList Attributes, Dimension[] Shape) Read(NodeContext node, string op, Value x)
    {
        int spatial = Window.Spatial(node, x);
        int[] given = node.Ints("kernel_shape") ?? throw node.Invalid("kernel_shape is missing");
        if (given.Length != spatial || given.Any(k => k < 1)) throw node.Invalid($"kernel_shape does not fit an input of {x.Rank} dimensions");
        int[] kernel = spatial == 1 ? [1, given[0]] : given;
        bool includePad = node.Int("count_include_pad", 0) != 0;
        var window = new Window(node, x, kernel, op == "MaxPool" ? float.NegativeInfinity : 0f);
        if (window.IsPadded && op == "AveragePool" && !includePad) throw node.Unsupported("auto_pad of a symbolic length without count_include_pad");
        AttributeList attributes = new AttributeList().Add("kernel_shape", kernel).Add("strides", window.Strides, [1, 1])
            .Add("pads", window.Pads, [0, 0, 0, 0]).Add("dilations", window.Dilations, [1, 1]);
        if (op == "AveragePool") attributes.Flag("count_include_pad", includePad);
        if (op == "LpPool") attributes.Add("p", node.Int("p", 2), 2);
        return (window, attributes, [x.Shape[0], x.Shape[1], .. window.Outputs]);
    }
}
