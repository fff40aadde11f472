using System.Collections.Generic;
using Lr2vq.Codecs;

namespace Lr2vq.Compression;

/// <summary>What answers lose.</summary>
/// <param name="Loss">Mean cross-entropy of the right class, by labels or by what the original answers, in nats; where there are no classes <paramref name="Distance"/>.</param>
/// <param name="Distance">How far the answers are from the original's: mean divergence, or the square of the relative change.</param>
internal readonly record struct AnswerLoss(double Loss, double Distance);

/// <summary>Measures what weights do to the answers of their network on calibration samples.</summary>
internal interface IJointLoss
{
    /// <summary>Of the original on the samples that are fitted to.</summary>
    AnswerLoss Original { get; }

    /// <summary>Of the original on the samples that judge.</summary>
    AnswerLoss OriginalHeldOut { get; }

    /// <param name="tensors">All weights, in the order of the Plan.</param>
    AnswerLoss Measure(IReadOnlyList<EncodedTensor> tensors);

    /// <summary>On samples that nothing is fitted to.</summary>
    AnswerLoss MeasureHeldOut(IReadOnlyList<EncodedTensor> tensors);

    /// <summary>Of networks with one weight exchanged, on some of the samples.</summary>
    /// <param name="tensors">All weights.</param>
    /// <param name="others">Index of a weight, and what it is instead.</param>
    /// <returns>Of the network as it is, and of each.</returns>
    (AnswerLoss Base, AnswerLoss[] Each) MeasureEach(IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<(int Weight, EncodedTensor Tensor)> others);

    /// <summary>Gradients of the loss in the weights, canonical, by weight; null where nothing computes them, and for weights that it does not see.</summary>
    /// <param name="tensors">All weights; null for the original's.</param>
    float[]?[]? Gradients(IReadOnlyList<EncodedTensor>? tensors);
}
