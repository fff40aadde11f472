using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using static TorchSharp.torch;

namespace Lr2vq.Training.Labelled;

/// <summary>The tensor of a file that a constant of a planned network has its values from, one for one.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Back">From the constant's values to those of the tensor, in its order.</param>
internal sealed record TensorOrigin(OnnxTensor Tensor, Func<Tensor, Tensor> Back)
{
    /// <summary>Null if the values come from several tensors, or are computed.</summary>
    public static TensorOrigin? Of(ConstantTensor constant) => constant switch
    {
        OnnxConstant { Tensor.IsFloat: true } file => new TensorOrigin(file.Tensor, values => values),
        ReshapedConstant reshaped => Of(reshaped.Source),
        FoldedConstant { Operator: "Transpose", Inputs: [{ Constant: { } source }] } turned when Of(source) is { } origin =>
            new TensorOrigin(origin.Tensor, values => origin.Back(values.reshape([.. turned.Shape.Select(d => (long)d)]).permute(Inverse(turned.Attributes.Ints("perm"))))),
        _ => null,
    };

    /// <summary>How many of some constants depend on each tensor of the file.</summary>
    public static Dictionary<OnnxTensor, int> Readers(IEnumerable<ConstantTensor> constants)
    {
        Dictionary<OnnxTensor, int> readers = [];
        foreach (ConstantTensor constant in constants)
        {
            HashSet<ConstantTensor> seen = [constant];
            Stack<ConstantTensor> open = new([constant]);
            while (open.TryPop(out ConstantTensor? next))
            {
                if (next is OnnxConstant file) readers[file.Tensor] = readers.GetValueOrDefault(file.Tensor) + 1;
                foreach (ConstantTensor? source in next.Reads)
                    if (source is not null && seen.Add(source)) open.Push(source);
            }
        }
        return readers;
    }

    private static long[] Inverse(int[] permutation)
    {
        long[] inverse = new long[permutation.Length];
        for (int i = 0; i < permutation.Length; i++) inverse[permutation[i]] = i;
        return inverse;
    }
}
