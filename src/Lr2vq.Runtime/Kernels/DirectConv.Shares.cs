using System;

namespace Lr2vq.Kernels;

/// <summary>How a convolution is divided among threads. Each thread decodes the weights and fills the windows that its shares need.</summary>
internal sealed unsafe partial class DirectConv
{
    /// <summary>Multiply-adds that are worth a share.</summary>
    private const long LeastShare = 1 << 18;
    /// <summary>Shares of a thread where they cost nothing: a thread that is late does fewer.</summary>
    private const int SharesOfThread = 4;
    /// <summary>Fewest rows of a share: windows of neighbours overlap.</summary>
    private const int LeastRows = 4;

    private Split _split;
    private int _shares = 1, _shareSize, _slots = 1;

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

    /// <summary>What the scratch memory of a thread holds from its last share: all weights of a group and block, the window of an image and pixel. 0: nothing.</summary>
    private struct Held
    {
        public long Weights, Window;
    }

    /// <summary>A cache line for <see cref="Held"/>.</summary>
    private const int HeldFloats = 16;

    private Held* HeldBy(in Call call, int slot) => (Held*)(call.Scratch + (slot + 1) * _slotFloats - HeldFloats);

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

    /// <summary>Several shares for each thread, where it needs no more weights and windows for them.</summary>
    private void CutShares(int threads)
    {
        bool fits = _g.Groups == 1 && _blocks * _weightBlock * 4 <= AllPanels;
        if (_split == Split.Rows && fits && Cut(_g.OutputHeight, 1, LeastRows))
        {
            _windowRows = Math.Min(_windowRows, _shareSize);
            _decodeAll = true;
        }
        else if (_split == Split.Columns && fits && Cut(_g.OutputWidth, 14, 28))
        {
            _windowColumns = Math.Min(_windowColumns, _shareSize);
            _decodeAll = true;
        }
        else if (_split == Split.Panels && _g.Groups == 1) Cut(_blocks, _panelBlocks, _panelBlocks);
        _slots = Math.Min(threads, _shares);
    }

    /// <summary>Cuts each share into as many as may be, all of about the same size.</summary>
    private bool Cut(int length, int unit, int least)
    {
        int threads = _shares;
        long work = (long)_g.Batch * _g.OutputHeight * _g.OutputWidth * _g.OutputChannels * _g.GroupInputs * _g.Taps;
        for (int each = (int)Math.Min(SharesOfThread, work / LeastShare / threads); each > 1; each--)
        {
            int size = (length + threads * each * unit - 1) / (threads * each * unit) * unit, shares = (length + size - 1) / size;
            if (size < least || shares % threads != 0 || shares * size - length > size / 4) continue;
            (_shareSize, _shares) = (size, shares);
            return true;
        }
        return false;
    }

    private (int First, int Last) Range(Split split, int share, int length) =>
        split == _split ? (share * _shareSize, Math.Min(length, (share + 1) * _shareSize)) : (0, length);
}
