namespace Lr2vq.Compression.Metrics;

/// <summary>A layer as size tables see it: output channels, input channels, kernel.</summary>
/// <param name="IsFirst">The stem, which stays dense.</param>
/// <param name="IsClassifier">The last product, which has a block size and k of its own.</param>
internal readonly record struct LayerShape(int Outputs, int Inputs, int KernelHeight, int KernelWidth, bool IsFirst = false, bool IsClassifier = false)
{
    public int Taps => KernelHeight * KernelWidth;

    public long Weights => (long)Outputs * Inputs * Taps;
}
