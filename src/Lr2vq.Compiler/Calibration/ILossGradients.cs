using System.Collections.Generic;
using Lr2vq.Codecs;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>Computes gradients of a loss: what has an engine of training. A build has it only where it asks for training.</summary>
internal interface ILossGradients
{
    /// <summary>The gradients of the mean cross-entropy in the weights, canonical, in the order of the Plan; null where a weight has none, and null for all if the
    /// network has no form that can be differentiated.</summary>
    /// <param name="network">The original; its model stays open.</param>
    /// <param name="tensors">The weights that it has instead; null for its own.</param>
    /// <param name="samples">Inputs, and for each output the right class of each row.</param>
    float[]?[]? Of(PlannedNetwork network, IReadOnlyList<EncodedTensor>? tensors, IReadOnlyList<(InputSample Sample, int[][] Right)> samples);
}
