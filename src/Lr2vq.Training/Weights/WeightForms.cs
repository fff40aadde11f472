using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Training.Recipes;

namespace Lr2vq.Training.Weights;

/// <summary>From what a search made of the weights of a network to the weights that are trained: one line for each format.</summary>
/// <param name="start">The search.</param>
/// <param name="gains">|gain| of the rows of each weight that a BatchNormalization follows, by its value in the Plan.</param>
internal sealed class WeightForms(TrainingStart start, IReadOnlyDictionary<string, float[]> gains)
{
    private readonly Dictionary<string, VectorCodes> _codebooks = [];

    /// <summary>The weights that torch computes with.</summary>
    /// <param name="isAsked">Whether one is among them, by its value in the Plan.</param>
    public IEnumerable<(string Value, TrainableWeight Weight)> Make(Func<string, bool> isAsked)
    {
        (int Index, string Value)[] asked = [.. start.Network.Plan.Weights.Select((weight, i) => (i, weight.Value)).Where(w => isAsked(w.Value))];
        // Weights of equal content have their bytes in common, and keep them so. Where a BatchNormalization follows one they would part.
        foreach (var equal in asked.GroupBy(w => ContentOf(start.Result.Tensors[w.Index]), ReferenceEqualityComparer.Instance))
        {
            bool isAlone = !equal.Skip(1).Any(), isTied = !isAlone && !equal.Any(w => gains.ContainsKey(w.Value));
            (int Index, string Value)[] ordered = [.. equal.OrderBy(w => start.Result.Tensors[w.Index].Format == TensorFormat.Turned)];
            TrainableWeight? first = isAlone || isTied ? Of(ordered[0].Index, gains.GetValueOrDefault(ordered[0].Value)) : null;
            foreach ((int index, string value) in ordered)
            {
                EncodedTensor tensor = start.Result.Tensors[index];
                yield return (value, first is null ? new FixedWeight(tensor, gains.GetValueOrDefault(value)) : index == ordered[0].Index ? first : new TiedWeight(tensor, first));
            }
        }
        foreach (VectorCodes codes in _codebooks.Values) codes.Count = _codebooks.Count;
    }

    private TrainableWeight Of(int index, float[]? gain)
    {
        EncodedTensor tensor = start.Result.Tensors[index];
        TensorIdentity identity = TensorIdentity.Of(start.Network.Plan.Weights[index]);
        switch (tensor.Format)
        {
            case TensorFormat.Codebook or TensorFormat.LowRankCodebook:
                return new VectorWeight(tensor, start.Sources[index].Read, gain, _codebooks);
            case TensorFormat.Transform or TensorFormat.ScaledTransform or TensorFormat.Trellis or TensorFormat.ScaledTrellis:
                return new ScalarWeight(tensor, start.Sources[index].Read(), gain, start.Result.Reports[index].Step);
            case TensorFormat.Residual:
                return new ResidualWeight(tensor, gain);
            case TensorFormat.Scalar:
                return new GroupScalarWeight(tensor, start.Sources[index].Read(), gain);
            case TensorFormat.Binary:
                return new BinaryWeight(tensor, start.Sources[index].Read(), gain);
            case TensorFormat.Sparse:
                return new SparseWeight(tensor, start.Sources[index].Read(), gain);
            case TensorFormat.LowRank when FactorWeight.Serves(tensor):
                return new FactorWeight(tensor, gain);
            case TensorFormat.Dense or TensorFormat.ElementPlanes:
                return new DenseWeight(identity, start.Sources[index].Read(), gain, EncodingOf(tensor));
            default:
                return new FixedWeight(tensor, gain);
        }
    }

    private static DenseEncoding EncodingOf(EncodedTensor tensor) => tensor.Format == TensorFormat.Dense ? (DenseEncoding)tensor.Parameters[0] : DenseEncoding.Planes;

    /// <summary>The range that holds most of a tensor: the array itself, which equal weights have in common. A fill has none.</summary>
    private static object ContentOf(EncodedTensor tensor) =>
        tensor.Codes.Length >= tensor.Dense.Length && tensor.Codes.Length > 0 ? tensor.Codes : tensor.Dense.Length > 0 ? tensor.Dense : tensor;
}
