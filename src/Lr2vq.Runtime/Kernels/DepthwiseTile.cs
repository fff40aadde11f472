namespace Lr2vq.Kernels;

/// <summary>What a register tile of a depthwise convolution works on: a few neighbouring pixels of sixteen channels, in several rows one
/// after the other. Strides are in floats.</summary>
internal unsafe struct DepthwiseTile
{
    /// <summary>The first tap of the first pixel, which may lie left of the image.</summary>
    public float* X;
    /// <summary>Between kernel rows.</summary>
    public long XRow;
    /// <summary>Between the inputs of neighbouring output rows.</summary>
    public long XNext;
    /// <summary>[tap][16], from the first kernel row that lies inside the image.</summary>
    public float* W;
    public float* Bias;
    public float* Y;
    /// <summary>Between output rows.</summary>
    public long YNext;
    /// <summary>Output rows.</summary>
    public int Rows;
    /// <summary>Kernel rows that lie inside the image.</summary>
    public int KernelRows;
    /// <summary>The first column of the tile's input that lies inside the image.</summary>
    public int From;
    /// <summary>The end of these columns.</summary>
    public int To;
    /// <summary>What every sum is clamped to.</summary>
    public float Low;
    public float High;
}
