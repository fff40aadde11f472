using System.Linq;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Normalizations whose statistics come from the values themselves.</summary>
internal static class TorchNormalization
{
    public static Tensor Layer(StepCall c)
    {
        long[] axes = From(c);
        Tensor centred = c.X - c.X.mean(axes, keepdim: true);
        Tensor y = centred * (centred.pow(2).mean(axes, keepdim: true) + c.Attributes.Float("epsilon", 1e-5f)).rsqrt();
        return Affine(y, c.Find(1), c.Find(2));
    }

    public static Tensor RootMeanSquare(StepCall c) =>
        c.X * (c.X.pow(2).mean(From(c), keepdim: true) + c.Attributes.Float("epsilon", 1e-5f)).rsqrt() * c[1];

    public static Tensor Instance(StepCall c) => Grouped(c, c.X.shape[1]);

    public static Tensor Group(StepCall c) => Grouped(c, c.Attributes.Int("num_groups", 1));

    public static Tensor Lp(StepCall c)
    {
        int axis = c.Attributes.Int("axis", -1);
        Tensor length = c.Attributes.Int("p", 2) == 1 ? c.X.abs().sum(axis, keepdim: true) : c.X.pow(2).sum(axis, keepdim: true).sqrt();
        return c.X / length;
    }

    private static Tensor Grouped(StepCall c, long groups)
    {
        Tensor x = c.X.reshape(c.X.shape[0], groups, -1), centred = x - x.mean([2], keepdim: true);
        Tensor y = (centred * (centred.pow(2).mean([2], keepdim: true) + c.Attributes.Float("epsilon", 1e-5f)).rsqrt()).reshape(c.X.shape);
        long[] channels = [1, c.X.shape[1], .. Enumerable.Repeat(1L, (int)c.X.dim() - 2)];
        return Affine(y, c.Find(1)?.reshape(channels), c.Find(2)?.reshape(channels));
    }

    private static Tensor Affine(Tensor y, Tensor? scale, Tensor? bias)
    {
        if (scale is not null) y = y * scale;
        return bias is null ? y : y + bias;
    }

    private static long[] From(StepCall c)
    {
        int axis = c.Attributes.Int("axis", (int)c.X.dim() - 1);
        return [.. Enumerable.Range(axis, (int)c.X.dim() - axis).Select(d => (long)d)];
    }
}
