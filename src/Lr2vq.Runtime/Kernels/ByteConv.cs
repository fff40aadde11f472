namespace Lr2vq.Kernels;

/// <summary>A convolution of bytes by bytes for one set of shapes.</summary>
internal unsafe interface IByteConv
{
    long ScratchBytes { get; }

    /// <param name="x">The input.</param>
    /// <param name="weight">The weight; not looked at where it was packed.</param>
    /// <param name="scratch"><see cref="ScratchBytes"/> bytes.</param>
    /// <param name="team">Threads.</param>
    /// <param name="sink">Where the sums go.</param>
    void Run<TSink>(ByteOperand x, ByteOperand weight, byte* scratch, ThreadTeam? team, TSink sink) where TSink : struct, IIntegerSink;
}

/// <summary>Chooses how a convolution of bytes is computed.</summary>
internal static class ByteConv
{
    /// <param name="geometry">The convolution.</param>
    /// <param name="weight">Its weight, if that was packed at load.</param>
    /// <param name="input">The type of the input.</param>
    /// <param name="threads">Threads that work on it.</param>
    public static IByteConv Of(in ConvGeometry geometry, PackedBytes? weight, ElementType input, int threads) =>
        weight is null ? new IntegerConv(geometry, threads) : new PackedConv(geometry, weight, input == ElementType.Int8, threads);
}
