namespace Lr2vq.Codecs;

/// <summary>A low-rank weight as two weights, one applied after the other. Exact, up to rounding.</summary>
/// <param name="First">From the inputs to as many channels as the weight has components: a convolution with the whole kernel, or with its height alone; or a product.</param>
/// <param name="Second">From those to the outputs: pointwise, or with the width of the kernel; or a product.</param>
internal sealed record FactoredWeight(WeightTensor First, WeightTensor Second)
{
    /// <summary>Components.</summary>
    public int Rank => First.Rows;
}
