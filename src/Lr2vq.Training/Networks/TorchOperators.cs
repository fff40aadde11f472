using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Operators of a Plan (docs/operators.md) in torch: one line for each, larger ones in files of their own.</summary>
internal static class TorchOperators
{
    private static readonly Dictionary<string, Func<StepCall, Tensor[]>> s_known = new(StringComparer.Ordinal);

    static TorchOperators()
    {
        Elementwise();
        Movement();
        Reductions();
        One("Conv", TorchProducts.Conv);
        One("ConvTranspose", TorchProducts.ConvTranspose);
        One("Gemm", TorchProducts.Gemm);
        One("MatMul", TorchProducts.MatMul);
        One("Attention", TorchProducts.Attention);
        One("MaxPool", TorchPooling.Max);
        One("AveragePool", TorchPooling.Average);
        One("GlobalAveragePool", c => c.X.mean([.. Enumerable.Range(2, (int)c.X.dim() - 2).Select(d => (long)d)], keepdim: true));
        One("GlobalMaxPool", c => c.X.amax([.. Enumerable.Range(2, (int)c.X.dim() - 2).Select(d => (long)d)], keepdim: true));
        One("LayerNormalization", TorchNormalization.Layer);
        One("RMSNormalization", TorchNormalization.RootMeanSquare);
        One("InstanceNormalization", TorchNormalization.Instance);
        One("GroupNormalization", TorchNormalization.Group);
        One("LpNormalization", TorchNormalization.Lp);
        One("Resize", TorchResize.Run);
        s_known["LSTM"] = TorchRecurrence.Lstm;
        s_known["GRU"] = TorchRecurrence.Gru;
        s_known["RNN"] = TorchRecurrence.Rnn;
        // Layouts are the run time's own.
        One("ToBlocked", c => c.X);
        One("ToPlain", c => c.X);
    }

    /// <summary>The torch form of an operator; null if it has none.</summary>
    public static Func<StepCall, Tensor[]>? Find(string op) => s_known.GetValueOrDefault(op);

    private static void One(string op, Func<StepCall, Tensor> form) => s_known.Add(op, call => [form(call)]);

    private static void Elementwise()
    {
        One("Relu", c => nn.functional.relu(c.X));
        One("Abs", c => c.X.abs());
        One("Ceil", c => c.X.ceil());
        One("Erf", c => c.X.erf());
        One("Exp", c => c.X.exp());
        One("Floor", c => c.X.floor());
        One("Log", c => c.X.log());
        One("Neg", c => c.X.neg());
        One("Reciprocal", c => c.X.reciprocal());
        One("Round", c => c.X.round());
        One("Sigmoid", c => c.X.sigmoid());
        One("Sign", c => c.X.sign());
        One("Sqrt", c => c.X.sqrt());
        One("Tanh", c => c.X.tanh());
        One("Sin", c => c.X.sin());
        One("Cos", c => c.X.cos());
        One("Softplus", c => nn.functional.softplus(c.X));
        One("Softsign", c => c.X / (c.X.abs() + 1));
        One("Mish", c => nn.functional.mish(c.X));
        One("HardSwish", c => nn.functional.hardswish(c.X));
        One("HardSigmoid", c => (c.X * c.Attributes.Float("alpha", 0.2f) + c.Attributes.Float("beta", 0.5f)).clamp(0, 1));
        One("LeakyRelu", c => nn.functional.leaky_relu(c.X, c.Attributes.Float("alpha", 0.01f)));
        One("Elu", c => where(c.X > 0, c.X, c.X.clamp(max: 0).expm1() * c.Attributes.Float("alpha", 1f)));
        One("Swish", c => c.X * (c.X * c.Attributes.Float("alpha", 1f)).sigmoid());
        One("Gelu", c => c.Attributes.Text("approximate", "none") == "tanh"
            ? c.X * 0.5 * ((c.X + c.X.pow(3) * 0.044715) * Math.Sqrt(2 / Math.PI)).tanh().add(1)
            : c.X * 0.5 * (c.X * Math.Sqrt(0.5)).erf().add(1));
        One("PRelu", c => where(c.X > 0, c.X, c.X * c[1]));
        One("Clip", Clip);
        One("Add", c => c.Activated(c.X + c[1]));
        One("Sub", c => c.X - c[1]);
        One("Mul", c => c.X * c[1]);
        One("Div", c => c.Step.Outputs[0].Type == ElementType.Float32 ? c.X / c[1] : div(c.X, c[1], RoundingMode.trunc));
        One("Pow", c => c.X.pow(c[1]));
        One("Min", c => minimum(c.X, c[1]));
        One("Max", c => maximum(c.X, c[1]));
        One("Equal", c => c.X.eq(c[1]));
        One("Less", c => c.X.lt(c[1]));
        One("LessOrEqual", c => c.X.le(c[1]));
        One("Greater", c => c.X.gt(c[1]));
        One("GreaterOrEqual", c => c.X.ge(c[1]));
        One("And", c => c.X.logical_and(c[1]));
        One("Or", c => c.X.logical_or(c[1]));
        One("Xor", c => c.X.logical_xor(c[1]));
        One("Not", c => c.X.logical_not());
        One("IsNaN", c => c.X.isnan());
        One("Where", c => where(c.X, c[1], c[2]));
        One("Cast", c => c.X.to(c.Type()));
        One("Softmax", c => c.X.softmax(c.Attributes.Int("axis", -1)));
        One("LogSoftmax", c => c.X.log_softmax(c.Attributes.Int("axis", -1)));
    }

    private static void Movement()
    {
        One("Reshape", c => c.X.reshape(c.Shape()));
        One("Transpose", c => c.X.permute(c.Longs("perm")));
        One("Concat", c => cat([.. Enumerable.Range(0, c.Count).Select(i => c[i])], c.Attributes.Int("axis", 0)));
        s_known.Add("Split", c =>
        {
            int axis = c.Attributes.Int("axis", 0);
            return c.X.split([.. Enumerable.Range(0, c.Step.Outputs.Count).Select(i => c.Shape(i)[axis])], axis);
        });
        One("Slice", TorchMovement.Slice);
        One("Pad", TorchMovement.Pad);
        One("Expand", c => c.X.expand(c.Shape()));
        One("Tile", TorchMovement.Tile);
        One("Gather", TorchMovement.Gather);
        One("GatherElements", c => c.X.gather(c.Attributes.Int("axis", 0), TorchMovement.FromEnd(c[1], c.X.shape[c.Attributes.Int("axis", 0)])));
        One("Trilu", c => c.Count > 1 ? throw new NotSupportedException("a diagonal that is data has no torch form") : c.Attributes.Int("upper", 1) == 1 ? c.X.triu(c.Attributes.Int("k", 0)) : c.X.tril(c.Attributes.Int("k", 0)));
        One("DepthToSpace", TorchMovement.DepthToSpace);
        One("DimensionValues", c => TensorValues.Of(ElementType.Int64, [.. c.Shape().Select(d => (int)d)],
            System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(c.Evaluated("values"))));
        One("Range", c => c.Count > 0 ? throw new NotSupportedException("bounds that are data have no torch form") : (arange(c.Shape()[0]) * c.Evaluated("delta").FirstOrDefault(1) + c.Evaluated("start").FirstOrDefault(0)).to(c.Type()));
    }

    private static void Reductions()
    {
        Reduce("ReduceSum", (x, axes) => x.sum(axes, keepdim: true));
        Reduce("ReduceMean", (x, axes) => x.mean(axes, keepdim: true));
        Reduce("ReduceMax", (x, axes) => x.amax(axes, keepdim: true));
        Reduce("ReduceMin", (x, axes) => x.amin(axes, keepdim: true));
        Reduce("ReduceL1", (x, axes) => x.abs().sum(axes, keepdim: true));
        Reduce("ReduceL2", (x, axes) => x.pow(2).sum(axes, keepdim: true).sqrt());
        Reduce("ReduceSumSquare", (x, axes) => x.pow(2).sum(axes, keepdim: true));
        Reduce("ReduceLogSum", (x, axes) => x.sum(axes, keepdim: true).log());
        Reduce("ReduceLogSumExp", (x, axes) => logsumexp(x, axes[0], keepdim: true), mostAxes: 1);
        One("ArgMax", c => c.X.argmax(c.Attributes.Int("axis", 0), keepdim: true).reshape(c.Shape()));
        One("CumSum", TorchMovement.CumSum);
    }

    private static void Reduce(string op, Func<Tensor, long[], Tensor> form, int mostAxes = int.MaxValue) => One(op, c =>
    {
        if (c.Count > 1) throw new NotSupportedException("axes that are data have no torch form");
        long[] axes = c.Longs("axes");
        if (axes.Length > mostAxes) throw new NotSupportedException($"{op} over several axes has no torch form");
        return form(c.X, axes).to(c.Type()).reshape(c.Shape());
    });

    private static Tensor Clip(StepCall c)
    {
        Tensor y = c.X;
        if (c.Find(1) is { } low) y = maximum(y, low);
        else if (c.Attributes.Find("min") is not null) y = y.clamp(min: c.Attributes.Float("min", 0));
        if (c.Find(2) is { } high) y = minimum(y, high);
        else if (c.Attributes.Find("max") is not null) y = y.clamp(max: c.Attributes.Float("max", 0));
        return y;
    }
}
