namespace Lr2vq.Kernels;

/// <summary>Sizes of a two-dimensional convolution. What lies beyond the input is zero, so padding at the bottom and right follows from
/// the size of the output.</summary>
internal readonly record struct ConvGeometry
{
    public int Batch { get; init; }
    public int InputChannels { get; init; }
    public int InputHeight { get; init; }
    public int InputWidth { get; init; }
    public int OutputChannels { get; init; }
    public int OutputHeight { get; init; }
    public int OutputWidth { get; init; }
    public int KernelHeight { get; init; }
    public int KernelWidth { get; init; }
    public int StrideY { get; init; }
    public int StrideX { get; init; }
    public int DilationY { get; init; }
    public int DilationX { get; init; }
    public int Top { get; init; }
    public int Left { get; init; }
    public int Groups { get; init; }

    public int GroupInputs => InputChannels / Groups;
    public int GroupOutputs => OutputChannels / Groups;
    public int Taps => KernelHeight * KernelWidth;

    /// <summary>Input rows that <paramref name="rows"/> output rows read.</summary>
    public int RowsFor(int rows) => (rows - 1) * StrideY + (KernelHeight - 1) * DilationY + 1;

    /// <summary>Input columns that a row reads, from −<see cref="Left"/>.</summary>
    public int Columns => (OutputWidth - 1) * StrideX + (KernelWidth - 1) * DilationX + 1;

    /// <summary>True if no tap ever leaves the input.</summary>
    public bool StaysInside => Top <= 0 && Left <= 0 && RowsFor(OutputHeight) - Top <= InputHeight && Columns - Left <= InputWidth;
}
