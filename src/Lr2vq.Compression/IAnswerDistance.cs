using System.Collections.Generic;
using Lr2vq.Codecs;

namespace Lr2vq.Compression;

/// <summary>How far the answers of encoded weights are from the original's, on samples.</summary>
internal interface IAnswerDistance
{
    /// <param name="tensors">All weights, in the order of the Plan.</param>
    double Of(IReadOnlyList<EncodedTensor> tensors);

    /// <summary>What tensors do alone, everything else as the original has it.</summary>
    /// <param name="readers">For each tensor the weights that have its bytes.</param>
    /// <param name="encoded">All weights.</param>
    double[] Alone(IReadOnlyList<int[]> readers, IReadOnlyList<EncodedTensor> encoded);
}
