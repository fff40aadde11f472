using System.Collections.Generic;
using Lr2vq.Codecs;

namespace Lr2vq.Compression;

/// <summary>What became of one tensor.</summary>
/// <param name="Ratio">4 · weights ÷ bytes.</param>
/// <param name="RelativeError">Σ(w − ŵ)² / Σw², of the values decoded again from the packed bytes.</param>
/// <param name="WorstColumn">The largest relative error of the weights that read one input channel; 0 where there are no columns.</param>
/// <param name="Bytes">Bytes of the payload; what several tensors share counts in the first.</param>
internal sealed record TensorReport(TensorIdentity Identity, TensorFormat Format, CompressionMethod Method, string Slicing, int K, int M, int D,
    double Step, long Bytes, double Ratio, double RelativeError, double WorstColumn);

/// <summary>All tensors packed, and what it cost.</summary>
/// <param name="Tensors">In the order of the sources.</param>
/// <param name="Reports">One for each tensor, same order.</param>
/// <param name="RelativeError">Σ(w − ŵ)² / Σw² over all f32 tensors but biases and constants.</param>
/// <param name="WorstTensor">The largest relative error of one of them.</param>
/// <param name="WorstColumn">The largest relative error of an input channel of one of them.</param>
/// <param name="FileBytes">Length of the artifact, as the caller's function predicts it.</param>
/// <param name="Step">The global step of uniform levels; 0 if no tensor has one.</param>
internal sealed record CompressionResult(IReadOnlyList<EncodedTensor> Tensors, IReadOnlyList<TensorReport> Reports, double RelativeError,
    double WorstTensor, double WorstColumn, long FileBytes, double Step)
{
    /// <summary>What the gate measured; null where there was none.</summary>
    public OutputMeasure? Outputs { get; init; }
}

/// <summary>How far a compression is.</summary>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Stage">What is being done, for a person.</param>
internal readonly record struct CompressionProgress(double Fraction, string Stage);
