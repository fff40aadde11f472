using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;
using Lr2vq.Tests.Operators;

namespace Lr2vq.Tests.Networks;

/// <summary>A network of a few random layers over images [N, C, H, W], some of which branch and join, and sometimes an end of products.</summary>
/// <param name="draw">What decides.</param>
/// <param name="isWide">Instances are normalized step by step in f64: ONNX Runtime's own loses the digits of channels that hardly change.</param>
internal sealed class DrawnGraph(Draw draw, bool isWide = false)
{
    private const float Epsilon = 1e-5f;

    private readonly OnnxBuilder _builder = new(17);
    private readonly List<string> _layers = [];
    private readonly int _batch = draw.Int(1, 2);
    private int _values, _channels = draw.Pick(1, 3, 4, 8, 16, 17, 32), _height = draw.Int(4, 12), _width = draw.Int(4, 12);

    /// <summary>The model, its input, and its layers in words.</summary>
    public (byte[] Model, HostTensor X, string Layers) Build()
    {
        int[] shape = [_batch, _channels, _height, _width];
        _builder.Input("x", ElementType.Float32, [.. shape.Select((d, axis) => axis == 0 && draw.Chance() ? "N" : (object)d)]);
        string value = "x", kept = "x";
        int channelsKept = _channels, heightKept = _height, widthKept = _width;
        int count = draw.Int(2, 7);
        for (int layer = 0; layer < count; layer++)
        {
            value = Layer(value);
            if (channelsKept == _channels && heightKept == _height && widthKept == _width && draw.Chance(0.4)) value = Node(draw.Pick("Add", "Mul", "Sub", "Max"), [value, kept]);
            if (draw.Chance(0.3)) (kept, channelsKept, heightKept, widthKept) = (value, _channels, _height, _width);
        }
        if (draw.Chance(0.4)) value = Products(value);
        // A value in between may be an output as well.
        _builder.Output(value);
        if (kept != "x" && kept != value && draw.Chance(0.3)) _builder.Output(kept);
        return (_builder.Build(), draw.Floats(shape), string.Join(" ", _layers));
    }

    private string Layer(string x) => draw.Int(0, 13) switch
    {
        0 or 1 or 2 => Convolution(x),
        3 => Normalization(x),
        4 or 5 => Node(draw.Pick("Relu", "Sigmoid", "Tanh", "HardSwish", "LeakyRelu", "Elu", "Softplus", "Abs", "Neg"), [x]),
        6 => Node("Clip", [x, Constant(HostTensor.Scalar(-0.5f)), Constant(HostTensor.Scalar(draw.Float(0f, 2f)))]),
        7 => Node(draw.Pick("Add", "Mul", "Sub", "Div"), [x, Constant(draw.Floats(0.5f, 2f, draw.Pick<int[]>([1], [_channels, 1, 1], [1, _channels, 1, 1], [_width], [1, 1, _height, 1])))]),
        8 => Pool(x),
        9 => Pad(x),
        10 => Node("Mul", [x, Node("Sigmoid", [x])]),
        11 => Concat(x),
        12 => Slice(x),
        _ => Scaled(x),
    };

    private string Convolution(string x)
    {
        int group = draw.Chance(0.25) ? _channels : 1, kernel = draw.Pick(1, 1, 3), outputs = group > 1 ? _channels : draw.Pick(1, 4, 8, 16, 24), stride = kernel == 3 && _height > 6 && _width > 6 && draw.Chance(0.3) ? 2 : 1, pad = kernel / 2;
        string weight = Constant(draw.Floats(-0.7f, 0.7f, outputs, _channels / group, kernel, kernel));
        string[] inputs = draw.Chance() ? [x, weight, Constant(draw.Floats(-1f, 1f, outputs))] : [x, weight];
        (_channels, _height, _width) = (outputs, (_height + 2 * pad - kernel) / stride + 1, (_width + 2 * pad - kernel) / stride + 1);
        return Node("Conv", inputs, ("pads", new long[] { pad, pad, pad, pad }), ("strides", new long[] { stride, stride }), ("group", (long)group));
    }

    private string Normalization(string x) => draw.Chance(0.7)
        ? Node("BatchNormalization", [x, Constant(draw.Floats(0.5f, 1.5f, _channels)), Constant(draw.Floats(-1f, 1f, _channels)), Constant(draw.Floats(-1f, 1f, _channels)), Constant(draw.Floats(0.5f, 2f, _channels))])
        : Node("InstanceNormalization", [x, Constant(draw.Floats(0.5f, 1.5f, _channels)), Constant(draw.Floats(-1f, 1f, _channels))]);

    private string Pool(string x)
    {
        if (_height < 3 || _width < 3) return Node("Relu", [x]);
        (_height, _width) = ((_height - 2) / 2 + 1, (_width - 2) / 2 + 1);
        return Node(draw.Pick("MaxPool", "AveragePool"), [x], ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }));
    }

    private string Pad(string x)
    {
        int top = draw.Int(0, 2), left = draw.Int(0, 2), bottom = draw.Int(0, 2);
        (_height, _width) = (_height + top + bottom, _width + left);
        return Node("Pad", [x, Constant(HostTensor.Longs(0, 0, top, left, 0, 0, bottom, 0))], ("mode", draw.Pick("constant", "edge")));
    }

    private string Concat(string x)
    {
        string other = Node(draw.Pick("Relu", "Neg"), [x]);
        _channels *= 2;
        return Node("Concat", [x, other], ("axis", 1L));
    }

    private string Slice(string x)
    {
        if (_channels < 2 && _width < 3) return Node("Neg", [x]);
        int axis = _channels >= 2 && draw.Chance() ? 1 : 3, length = axis == 1 ? _channels : _width, from = draw.Int(0, length - 2);
        if (length < 2) return Node("Neg", [x]);
        if (axis == 1) _channels = length - from;
        else _width = length - from;
        return Node("Slice", [x, Constant(HostTensor.Longs(from)), Constant(HostTensor.Longs(length)), Constant(HostTensor.Longs(axis))]);
    }

    /// <summary>Squeeze and excitation.</summary>
    private string Scaled(string x)
    {
        string mean = draw.Chance() ? Node("GlobalAveragePool", [x]) : Node("ReduceMean", [x], ("axes", new long[] { 2, 3 }), ("keepdims", 1L));
        string scale = Node("Conv", [mean, Constant(draw.Floats(-0.7f, 0.7f, _channels, _channels, 1, 1))]);
        return Node("Mul", [x, Node(draw.Pick("Sigmoid", "HardSigmoid"), [scale])]);
    }

    private string Products(string x)
    {
        int features = _channels * _height * _width, hidden = draw.Int(1, 20);
        string rows = draw.Chance() ? Node("Flatten", [x]) : Node("Reshape", [x, Constant(HostTensor.Longs(-1, features))]);
        string y = draw.Chance()
            ? Node("Gemm", [rows, Constant(draw.Floats(-0.3f, 0.3f, hidden, features)), Constant(draw.Floats(-1f, 1f, hidden))], ("transB", 1L))
            : Node("Add", [Node("MatMul", [rows, Constant(draw.Floats(-0.3f, 0.3f, features, hidden))]), Constant(draw.Floats(-1f, 1f, hidden))]);
        return draw.Pick(0, 1, 2) switch
        {
            0 => Node("Softmax", [y], ("axis", -1L)),
            1 => Node("LayerNormalization", [Node("Relu", [y]), Constant(draw.Floats(0.5f, 1.5f, hidden)), Constant(draw.Floats(-1f, 1f, hidden))]),
            _ => Node("Transpose", [y], ("perm", new long[] { 1, 0 })),
        };
    }

    private string Constant(HostTensor value)
    {
        string name = $"w{_values++}";
        _builder.Initializer(name, value);
        return name;
    }

    private string Node(string op, string[] inputs, params (string, object)[] attributes)
    {
        string name = $"v{_values++}";
        _layers.Add(op);
        if (isWide && op == "InstanceNormalization") WideNormalization(inputs, name);
        else _builder.Node(op, inputs, [name], attributes);
        return name;
    }

    private void WideNormalization(string[] inputs, string name)
    {
        (string, object) to = ("to", (long)ElementType.Float64), axes = ("axes", new long[] { 2, 3 });
        string Part(string what) => $"{name}/{what}";
        _builder.Node("Cast", [inputs[0]], [Part("x")], to).Node("ReduceMean", [Part("x")], [Part("mean")], axes).Node("Sub", [Part("x"), Part("mean")], [Part("rest")])
            .Node("Mul", [Part("rest"), Part("rest")], [Part("square")]).Node("ReduceMean", [Part("square")], [Part("variance")], axes)
            .Initializer(Part("epsilon"), HostTensor.Scalar((double)Epsilon)).Node("Add", [Part("variance"), Part("epsilon")], [Part("sum")]).Node("Sqrt", [Part("sum")], [Part("deviation")])
            .Node("Div", [Part("rest"), Part("deviation")], [Part("normal")]).Initializer(Part("shape"), HostTensor.Longs(-1, 1, 1));
        foreach ((string what, string vector) in new[] { ("scale", inputs[1]), ("bias", inputs[2]) })
            _builder.Node("Reshape", [vector, Part("shape")], [Part(what + "32")]).Node("Cast", [Part(what + "32")], [Part(what)], to);
        _builder.Node("Mul", [Part("normal"), Part("scale")], [Part("scaled")]).Node("Add", [Part("scaled"), Part("bias")], [Part("y")]).Node("Cast", [Part("y")], [name], ("to", (long)ElementType.Float32));
    }
}
