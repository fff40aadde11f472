using System;

namespace Lr2vq.Kernels;

/// <summary>What of a convolution is divided among threads.</summary>
internal enum ConvSplit
{
    None,
    Images,
    Rows,
    /// <summary>Pixels of a pointwise convolution, which are one row.</summary>
    Columns,
    /// <summary>Blocks of output channels: where decoding costs more than what threads would do twice.</summary>
    Panels,
}

/// <summary>How a convolution is divided among threads: no sum is ever divided.</summary>
/// <param name="Size">Length of a share, but for the last.</param>
/// <param name="Count">Number of shares.</param>
/// <param name="Slots">Threads that work at the same time, each with scratch memory of its own.</param>
internal readonly record struct ConvShares(ConvSplit Split, int Size, int Count, int Slots)
{
    /// <summary>Multiply-adds that are worth a share.</summary>
    private const long LeastWork = 1 << 18;
    /// <summary>Shares of a thread where they cost nothing: a thread that is late does fewer.</summary>
    private const int SharesOfThread = 4;

    /// <summary>One share for each thread: panels for small maps, images or rows else.</summary>
    /// <param name="flat">All pixels are one row.</param>
    /// <param name="heavy">The weights do not stay in a cache.</param>
    public static ConvShares Of(in ConvGeometry g, bool flat, bool heavy, int threads)
    {
        int blocks = (g.GroupOutputs + 15) / 16;
        threads = (int)Math.Min(threads, Work(g) / LeastWork);
        if (threads <= 1) return new ConvShares(ConvSplit.None, 0, 1, 1);
        bool evenImages = g.Batch % threads == 0 || g.Batch >= 4 * threads;
        bool few = (long)g.OutputHeight * g.OutputWidth * g.Batch < 196;
        int lines = flat ? g.OutputWidth : g.OutputHeight;
        if (blocks >= threads && (few || (heavy && blocks >= 4 * threads))) return Divide(ConvSplit.Panels, blocks, threads, 1);
        if (evenImages) return Divide(ConvSplit.Images, g.Batch, threads, 1);
        if (lines >= 2 * threads) return Divide(flat ? ConvSplit.Columns : ConvSplit.Rows, lines, threads, flat ? 7 : 1);
        return blocks >= threads ? Divide(ConvSplit.Panels, blocks, threads, 1) : new ConvShares(ConvSplit.None, 0, 1, 1);
    }

    /// <summary>The length of a share in one direction.</summary>
    public int LengthOf(ConvSplit split, int length) => split == Split ? Size : length;

    /// <summary>What a share has of a length in one direction.</summary>
    public (int First, int Last) Range(ConvSplit split, int share, int length) =>
        split == Split ? (share * Size, Math.Min(length, (share + 1) * Size)) : (0, length);

    /// <summary>Cuts each share into as many as may be, all of about the same size; null if none may.</summary>
    /// <param name="unit">Shares are multiples of it, but for the last.</param>
    /// <param name="least">Shortest share.</param>
    public ConvShares? Cut(in ConvGeometry g, int length, int unit, int least)
    {
        int threads = Count;
        for (int each = (int)Math.Min(SharesOfThread, Work(g) / LeastWork / threads); each > 1; each--)
        {
            int size = (length + threads * each * unit - 1) / (threads * each * unit) * unit, shares = (length + size - 1) / size;
            if (size >= least && shares % threads == 0 && shares * size - length <= size / 4) return this with { Size = size, Count = shares };
        }
        return null;
    }

    private static ConvShares Divide(ConvSplit split, int length, int threads, int unit)
    {
        int size = (length + threads * unit - 1) / (threads * unit) * unit, count = (length + size - 1) / size;
        return new ConvShares(split, size, count, count);
    }

    /// <summary>Multiply-adds.</summary>
    private static long Work(in ConvGeometry g) =>
        checked((long)g.Batch * g.OutputHeight * g.OutputWidth * g.OutputChannels * g.GroupInputs * g.Taps);
}
