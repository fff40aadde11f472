using System;

namespace Lr2vq.Kernels;

/// <summary>How a convolution is divided among threads. Each share decodes the weights and fills the windows that it needs.</summary>
internal sealed unsafe partial class DirectConv
{
    /// <summary>Multiply-adds that are worth a share.</summary>
    private const long LeastShare = 1 << 18;

    private Split _split;
    private int _shares = 1, _shareSize;

    private enum Split
    {
        None,
        Images,
        Rows,
        /// <summary>Pixels of a pointwise convolution, which are one row.</summary>
        Columns,
        /// <summary>Blocks of output channels: where decoding costs more than what threads would do twice.</summary>
        Panels,
    }

    private struct Call
    {
        public float* X, Biases, Residual, Y, Scratch;
    }

    /// <summary>Panels for small maps, images or rows else: no sum is ever divided.</summary>
    private void ChooseShares(int threads)
    {
        long pixels = (long)_g.OutputHeight * _g.OutputWidth, work = checked(_g.Batch * pixels * _g.OutputChannels * _g.GroupInputs * _g.Taps);
        threads = (int)Math.Min(threads, work / LeastShare);
        if (threads <= 1) return;
        bool evenImages = _g.Batch % threads == 0 || _g.Batch >= 4 * threads;
        // A panel of weights that no share needs twice, if there are enough; a map of 14 × 14 still divides well by rows.
        bool heavy = _weight.Rows * (long)_weight.Columns * 4 > AllPanels;
        int lines = _flat ? _g.OutputWidth : _g.OutputHeight;
        if (_blocks >= threads && (pixels * _g.Batch < 196 || (heavy && _blocks >= 4 * threads))) Divide(Split.Panels, _blocks, threads, 1);
        else if (evenImages) Divide(Split.Images, _g.Batch, threads, 1);
        else if (lines >= 2 * threads) Divide(_flat ? Split.Columns : Split.Rows, lines, threads, _flat ? 7 : 1);
        else if (_blocks >= threads) Divide(Split.Panels, _blocks, threads, 1);
    }

    /// <summary>Shares are multiples of <paramref name="unit"/>, but for the last.</summary>
    private void Divide(Split split, int length, int threads, int unit)
    {
        _split = split;
        _shareSize = (length + threads * unit - 1) / (threads * unit) * unit;
        _shares = (length + _shareSize - 1) / _shareSize;
    }

    private (int First, int Last) Range(Split split, int share, int length) =>
        split == _split ? (share * _shareSize, Math.Min(length, (share + 1) * _shareSize)) : (0, length);
}
