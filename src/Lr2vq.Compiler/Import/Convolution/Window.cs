using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>The sliding window of convolutions and poolings: two or three axes, explicit pads.</summary>
internal sealed class Window
{
    /// <param name="node">Where strides, pads, dilations, auto_pad and ceil_mode are.</param>
    /// <param name="x">[N, C, L], [N, C, H, W] or [N, C, D, H, W].</param>
    /// <param name="kernel">Its lengths: two, or three.</param>
    /// <param name="fill">What is outside; for pads that depend on symbolic lengths and become a Pad step.</param>
    /// <param name="fillValue">What is outside of integers; null for 0.</param>
    public Window(NodeContext node, Value x, int[] kernel, float fill = 0, Value? fillValue = null)
    {
        int spatial = x.Rank - 2;
        Strides = Each(node, "strides", spatial, 1);
        Dilations = Each(node, "dilations", spatial, 1);
        if (Strides.Any(s => s < 1) || Dilations.Any(d => d < 1)) throw node.Invalid("a stride or dilation is below 1");
        Dimension[] lengths = Lengths(x, spatial);
        long[] span = [.. kernel.Select((taps, i) => (taps - 1L) * Dilations[i] + 1)];
        (Dimension Begin, Dimension End)[] pads = Resolve(node, spatial, lengths, span);
        Input = Lift(node, x, spatial);
        Pads = new int[2 * kernel.Length];
        if (pads.All(pad => pad.Begin.IsConstant && pad.End.IsConstant))
            Pads = [.. pads.Select(pad => (int)pad.Begin.Value), .. pads.Select(pad => (int)pad.End.Value)];
        else
        {
            // SAME padding of a symbolic length: how much depends on the length, so it is a step of its own.
            Dimension[] amounts = [0, 0, .. pads.Select(pad => pad.Begin), 0, 0, .. pads.Select(pad => pad.End)];
            Dimension[] shape = [.. Input.Shape.Select((length, i) => length + amounts[i] + amounts[i + Input.Rank])];
            Input = node.Builder.Emit("Pad", [Input, fillValue], new AttributeList().Add("pads", amounts).Add("value", fill, 0f), x.Type, shape);
            lengths = shape[2..];
            pads = [.. pads.Select(_ => (Dimension.Zero, Dimension.Zero))];
            IsPadded = true;
        }
        bool ceiling = node.Int("ceil_mode", 0) != 0;
        Dimension[] plain = Lengths(x, spatial);
        if (node.Text("auto_pad", "NOTSET") is "SAME_UPPER" or "SAME_LOWER")
            Outputs = [.. plain.Select((length, i) => i < kernel.Length - spatial ? length : Dimension.CeilingDivide(length, Strides[i]))];
        else Outputs = [.. Enumerable.Range(0, kernel.Length).Select(i => Output(node, lengths[i], pads[i], span[i], Strides[i], ceiling))];
    }

    /// <summary>The input, with height 1 if it had none.</summary>
    public Value Input { get; }
    public int[] Strides { get; }
    public int[] Dilations { get; }

    /// <summary>Before each axis, then behind each.</summary>
    public int[] Pads { get; }
    public Dimension[] Outputs { get; }

    /// <summary>True if a Pad step pads <see cref="Input"/>.</summary>
    public bool IsPadded { get; }

    /// <summary>1, 2 or 3.</summary>
    /// <param name="most">How many axes the operator has.</param>
    public static int Spatial(NodeContext node, Value x, int most = 3) => x.Rank >= 3 && x.Rank <= most + 2
        ? x.Rank - 2
        : throw node.Unsupported($"an input of {x.Rank} dimensions ({(most == 3 ? "3 to 5" : "3 and 4")} are supported)");

    /// <summary>The lengths of the kernel of a weight [.., .., ((Kd,) Kh,) Kw], which may be computed as long as its shape is known.</summary>
    public static int[] Kernel(NodeContext node, Value weight, int spatial)
    {
        if (weight.Rank != spatial + 2) throw node.Invalid($"the weight {weight} does not fit an input of {spatial + 2} dimensions");
        if (node.Ints("kernel_shape") is { Length: > 0 } given && (given.Length != spatial || given.Where((taps, i) => !NodeContext.Unify(taps, weight.Shape[2 + i])).Any()))
            throw node.Invalid("kernel_shape differs from the weight's shape");
        foreach (Dimension length in weight.Shape)
            if (!length.IsConstant) throw node.NotANumber("the shape of its weight", length);
        int[] kernel = Shapes.Numbers(weight.Shape[2..])!;
        if (kernel.Any(k => k < 1)) throw node.Invalid("its kernel is empty");
        if (weight.Count == 0) throw node.Unsupported("a weight without elements");
        return spatial == 1 ? [1, kernel[0]] : kernel;
    }

    /// <summary>An attribute with a number for each axis; a single axis gets another in front.</summary>
    public static int[] Each(NodeContext node, string name, int spatial, int absent)
    {
        int[]? given = node.Ints(name);
        if (given is null or { Length: 0 }) given = [.. Enumerable.Repeat(absent, spatial)];
        if (given.Length != spatial) throw node.Invalid($"the attribute {name} has {given.Length} numbers instead of {spatial}");
        return spatial == 1 ? [absent, given[0]] : given;
    }

    public static (int Begin, int End) PadPair(NodeContext node, int[] pads, int axis, int spatial) => pads.Length == 2 * spatial
        ? (pads[axis], pads[axis + spatial])
        : throw node.Invalid($"the attribute pads has {pads.Length} numbers instead of {2 * spatial}");

    public static Dimension[] Lengths(Value x, int spatial) => spatial == 1 ? [Dimension.One, x.Shape[2]] : x.Shape[2..];

    /// <summary>[N, C, L] becomes [N, C, 1, L].</summary>
    public static Value Lift(NodeContext node, Value x, int spatial) =>
        spatial > 1 ? x : node.Builder.Reshape(x, [x.Shape[0], x.Shape[1], Dimension.One, x.Shape[2]]);

    /// <summary>[N, C, 1, L] becomes [N, C, L] again.</summary>
    public static Value Drop(NodeContext node, Value y, int spatial, string? output) =>
        spatial > 1 ? y : node.Builder.Reshape(y, [y.Shape[0], y.Shape[1], y.Shape[3]], output);

    private (Dimension, Dimension)[] Resolve(NodeContext node, int spatial, Dimension[] lengths, long[] span)
    {
        string autoPad = node.Text("auto_pad", "NOTSET");
        int[]? given = node.Ints("pads");
        var pads = new (Dimension, Dimension)[lengths.Length];
        for (int i = 0; i < pads.Length; i++)
        {
            int axis = i - (pads.Length - spatial);
            pads[i] = (0, 0);
            if (axis < 0 || autoPad == "VALID") continue;
            if (autoPad is "SAME_UPPER" or "SAME_LOWER")
            {
                Dimension outputs = Dimension.CeilingDivide(lengths[i], Strides[i]);
                Dimension total = Dimension.Max((outputs - 1) * Strides[i] + span[i] - lengths[i], 0), half = Dimension.FloorDivide(total, 2);
                pads[i] = autoPad == "SAME_UPPER" ? (half, total - half) : (total - half, half);
            }
            else if (autoPad is not ("NOTSET" or "")) throw node.Invalid($"auto_pad is '{autoPad}'");
            else if (given is { Length: > 0 })
            {
                (int begin, int end) = PadPair(node, given, axis, spatial);
                if (begin < 0 || end < 0) throw node.Unsupported("negative padding");
                pads[i] = (begin, end);
            }
        }
        return pads;
    }

    private static Dimension Output(NodeContext node, Dimension length, (Dimension Begin, Dimension End) pads, long span, int stride, bool ceiling)
    {
        Dimension rest = length + pads.Begin + pads.End - span;
        Dimension outputs = (ceiling ? Dimension.CeilingDivide(rest, stride) : Dimension.FloorDivide(rest, stride)) + 1;
        // The last window must start inside the input or the padding before it.
        bool certain = pads.Begin.Equals(Dimension.Zero) && pads.End.Equals(Dimension.Zero) && span >= stride;
        if (ceiling && !certain) outputs = Dimension.Min(outputs, Dimension.CeilingDivide(length + pads.Begin, stride));
        return outputs.IsConstant && outputs.Value < 1 ? throw node.Invalid("its window is larger than the padded input") : outputs;
    }
}
