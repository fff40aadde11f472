using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MaxPool, AveragePool and LpPool over one, two or three axes; over three the planes are pooled first, then their pixels along the depth, which is the same.</summary>
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
        if (spatial == 3) return Volume(node, window, shape, op, node.Ints("kernel_shape")!, indices: false, output)[0];
        return Window.Drop(node, node.Builder.Emit(op, [window.Input], attributes, x.Type, shape, spatial == 2 ? output : null), spatial, output);
    }

    private static void Indices(NodeContext node, Value x)
    {
        (Window window, AttributeList attributes, Dimension[] shape) = Read(node, node.OpType, x);
        if (node.OpType != "MaxPool" || window.IsPadded) throw node.Unsupported("its second output is used");
        bool bytes = node[0].Type != x.Type;
        if (x.Rank == 5)
        {
            if (node.Int("storage_order", 0) != 0) throw node.Unsupported("places in an input of 5 dimensions that count its columns first (storage_order=1)");
            Value[] found = Volume(node, window, shape, node.OpType, node.Ints("kernel_shape")!, indices: true, bytes ? null : node.OutputName());
            node.Return(node.Builder.Cast(found[0], node[0].Type, node.OutputName()), found[1]);
            return;
        }
        attributes.Add("storage_order", node.Int("storage_order", 0), 0);
        Value[] both = node.Builder.Emit(node.OpType, [window.Input], attributes,
            [new Value(bytes ? "" : node.OutputName() ?? "", x.Type, shape), new Value(node.OutputName(1)!, ElementType.Int64, shape)]);
        int spatial = x.Rank - 2;
        node.Return(node.Builder.Cast(Window.Drop(node, both[0], spatial, bytes ? null : node.OutputName()), node[0].Type, node.OutputName()), Window.Drop(node, both[1], spatial, node.OutputName(1)));
    }

    /// <summary>A pool over three axes, and where MaxPool found each element.</summary>
    private static Value[] Volume(NodeContext node, Window window, Dimension[] shape, string op, int[] kernel, bool indices, string? output)
    {
        GraphBuilder builder = node.Builder;
        Dimension[] from = window.Input.Shape;
        Dimension pixels = shape[3] * shape[4];
        Value[] planes = Step(node, window, op, builder.Reshape(window.Input, [from[0], from[1] * from[2], from[3], from[4]]), kernel, [1, 2], [from[0], from[1] * from[2], shape[3], shape[4]], indices);
        Value[] all = Step(node, window, op, builder.Reshape(planes[0], [from[0], from[1], from[2], pixels]), kernel, [0], [shape[0], shape[1], shape[2], pixels], indices);
        Value y = builder.Reshape(all[0], shape, output);
        if (!indices) return [y];
        // The second pool names elements of the first, which know their places.
        Value places = builder.Reshape(planes[1], [shape[0] * from[1] * from[2] * pixels]);
        Value place = builder.Emit("Gather", [places, all[1]], StepAttributes.Empty, ElementType.Int64, all[1].Shape);
        return [y, builder.Reshape(place, shape, node.OutputName(1))];
    }

    /// <summary>The part of a pool that is along some axes, which are the last ones of an input of four dimensions, or the last but one.</summary>
    private static Value[] Step(NodeContext node, Window window, string op, Value x, int[] kernel, int[] axes, Dimension[] shape, bool indices)
    {
        int[] Of(int[] numbers, int absent) => axes.Length == 2 ? [numbers[axes[0]], numbers[axes[1]]] : [numbers[axes[0]], absent];
        int[] begins = Of(window.Pads[..3], 0), ends = Of(window.Pads[3..], 0);
        AttributeList attributes = Attributes(node, op, Of(kernel, 1), Of(window.Strides, 1), [.. begins, .. ends], Of(window.Dilations, 1));
        string name = $"{node.Builder.Name}/{op}";
        Value y = new(name, x.Type, shape);
        return node.Builder.Emit(op, [x], attributes, indices ? [y, new Value(name, ElementType.Int64, shape)] : [y]);
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
        return (window, Attributes(node, op, kernel, window.Strides, window.Pads, window.Dilations), [x.Shape[0], x.Shape[1], .. window.Outputs]);
    }

    private static AttributeList Attributes(NodeContext node, string op, int[] kernel, int[] strides, int[] pads, int[] dilations)
    {
        AttributeList attributes = new AttributeList().Add("kernel_shape", kernel).Add("strides", strides, [1, 1]).Add("pads", pads, [0, 0, 0, 0]).Add("dilations", dilations, [1, 1]);
        if (op == "AveragePool") attributes.Flag("count_include_pad", node.Int("count_include_pad", 0) != 0);
        if (op == "LpPool") attributes.Add("p", node.Int("p", 2), 2);
        return attributes;
    }
}
