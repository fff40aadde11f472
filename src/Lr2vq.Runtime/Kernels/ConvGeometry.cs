namespace Lr2vq.Kernels;

/// <summary>Sizes of a two-dimensional convolution. What lies beyond the input is zero, so padding at the bottom and right follows from
/// the size of the output.</summary>
/// <remarks>Fields, because properties would be 32 methods that the JIT compiles before the first convolution.</remarks>
internal record struct ConvGeometry
{
    public int Batch;
    public int InputChannels;
    public int InputHeight;
    public int InputWidth;
    public int OutputChannels;
    public int OutputHeight;
    public int OutputWidth;
    public int KernelHeight;
    public int KernelWidth;
    public int StrideY;
    public int StrideX;
    public int DilationY;
    public int DilationX;
    public int Top;
    public int Left;
    public int Groups;

    public readonly int GroupInputs => InputChannels / Groups;
    public readonly int GroupOutputs => OutputChannels / Groups;
    public readonly int Taps => KernelHeight * KernelWidth;

    /// <summary>Input rows that <paramref name="rows"/> output rows read.</summary>
    public readonly int RowsFor(int rows) => (rows - 1) * StrideY + (KernelHeight - 1) * DilationY + 1;

    /// <summary>Input columns that a row reads, from −<see cref="Left"/>.</summary>
    public readonly int Columns => (OutputWidth - 1) * StrideX + (KernelWidth - 1) * DilationX + 1;

    /// <summary>True if no tap ever leaves the input.</summary>
    public readonly bool StaysInside => Top <= 0 && Left <= 0 && RowsFor(OutputHeight) - Top <= InputHeight && Columns - Left <= InputWidth;
}
