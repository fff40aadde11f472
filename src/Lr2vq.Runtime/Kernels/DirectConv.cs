using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Direct convolution with register tiles, for every stride, dilation, number of groups and layout. Weights are decoded just in
/// time into panels that stay in the second-level cache while all pixels use them.</summary>
/// <remarks>Input that a tile cannot read in place (padding, planar, channels of a group inside a block) goes through a window in scratch
/// memory; output that a tile cannot write (planar, channels inside a block) through a row. Made for one set of shapes; immutable.
/// Each output is one chain of fused additions, bias first, then input channels and taps in the order of the panel. A residual follows at the
/// end, or after the first part of the channels where a sum is done in parts.</remarks>
internal sealed unsafe partial class DirectConv : IConvKernel, IShared
{
    private const long AllPanels = 1 << 20, OnePanel = 700 << 10, WindowBytes = 192 << 10, ImagesBytes = 4 << 20;

    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly ImageLayout _in, _out;
    private readonly TileSet _tiles;
    private readonly Source _source;
    private readonly bool _flat, _gathered, _direct, _inPlace;
    private readonly int _pixelStep, _tileBlocks, _tilePixels, _panelBlocks, _blocks, _slabs, _slabBlocks, _images, _lineWidth, _lineStrideX, _lineStrideY;
    private bool _decodeAll;
    private int _windowRows, _windowColumns;
    private readonly long _weightBlock, _xRow, _xBlock, _windowFloats;
    private readonly long _biasFloats, _weightFloats, _decodeFloats, _rowFloats, _offsetFloats, _slotFloats;

    private enum Source
    {
        /// <summary>Blocked input, read where it is.</summary>
        InPlace,
        /// <summary>A blocked window with zeros around.</summary>
        Window,
        /// <summary>The pixels that a pointwise convolution uses, side by side.</summary>
        Picked,
        /// <summary>A blocked window with a copy of each row for each kernel column, for strides above 2.</summary>
        Columns,
        /// <summary>A planar window: few channels, kernel columns innermost.</summary>
        Planar,
    }

    public DirectConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa, int threads = 1)
    {
        ConvGeometry g = geometry;
        _in = new ImageLayout(input, g.InputChannels, g.InputHeight, g.InputWidth);
        _out = new ImageLayout(output, g.OutputChannels, g.OutputHeight, g.OutputWidth);
        bool wholeBlocks = input == TensorLayout.Blocked && (g.Groups == 1 || g.GroupInputs % 16 == 0);
        bool pointwise = g.Taps == 1 && g.Top == 0 && g.Left == 0 && g.StaysInside;
        bool whole = pointwise && g.StrideX == 1 && g.StrideY == 1 && g.OutputHeight == g.InputHeight && g.OutputWidth == g.InputWidth;
        // Lines of which only every other pixel is used are worth a copy of the input if there are many outputs; fewer if few registers make short rows slow.
        bool picked = pointwise && !whole && wholeBlocks && (g.StrideX > 2 || g.GroupOutputs >= (isa == Isa.Vector512 ? 512 : 256));
        _flat = whole || picked;
        (_lineWidth, _lineStrideX, _lineStrideY) = (g.OutputWidth, g.StrideX, g.StrideY);
        if (_flat)
        {
            g = g with { InputHeight = 1, InputWidth = g.OutputHeight * g.OutputWidth, OutputHeight = 1, OutputWidth = g.OutputHeight * g.OutputWidth, StrideX = 1, StrideY = 1 };
            if (whole) _in = _in with { Height = 1, Width = g.InputWidth };
            _out = _out with { Height = 1, Width = g.OutputWidth };
        }
        (_g, _weight, _epilogue) = (g, weight, epilogue);

        _source = input == TensorLayout.Plain && g.InputChannels <= 4 && g.Groups == 1 ? Source.Planar
            : picked ? Source.Picked
            : wholeBlocks && pointwise ? Source.InPlace
            : g.StrideX <= 2 ? Source.Window
            : Source.Columns;
        _direct = output == TensorLayout.Blocked && (g.Groups == 1 || g.GroupOutputs % 16 == 0);
        _pixelStep = (_source == Source.Planar ? 1 : 16) * (g.StrideX <= 2 ? g.StrideX : 1);
        _tiles = new TileSet(isa, _pixelStep);

        // Panels of up to four blocks; fewer when they would not stay in the second-level cache.
        _blocks = (g.GroupOutputs + 15) / 16;
        _weightBlock = weight.PanelPitch;
        _inPlace = _source != Source.Planar && (g.Groups == 1 || g.GroupOutputs % 16 == 0) && weight.PanelAt(0, 0) != null;
        _gathered = _direct && !_flat && _source is Source.Window or Source.Columns && _tiles.GathersFor(g.OutputWidth);
        bool deep = _direct && _source != Source.Planar && g.Taps == 1 && g.GroupInputs > SlabInputs;
        (_tileBlocks, _tilePixels) = _gathered ? (1, _tiles.MostPixels(1)) : _tiles.Choose(_blocks, g.OutputWidth, fewStreams: g.Taps == 1 && g.OutputWidth >= 784, deep);
        while (_tileBlocks > 1 && _tileBlocks * _weightBlock * 4 > OnePanel) _tileBlocks = (_tileBlocks + 1) / 2;
        (_slabs, _slabBlocks) = deep ? CutInputs(g, _tileBlocks, _tilePixels) : (1, (g.GroupInputs + 15) / 16);
        _panelBlocks = Math.Min(_blocks, Math.Max(1, 4 / _tileBlocks) * _tileBlocks);
        if (_panelBlocks * _weightBlock * 4 > OnePanel) _panelBlocks = _tileBlocks;

        ChooseShares(threads);
        if (_split == Split.Panels) _panelBlocks = Math.Min(_panelBlocks, _shareSize);
        _tileBlocks = Math.Min(_tileBlocks, _panelBlocks);

        // Windows that stay in the cache too, if all weights can be decoded beside them; else each panel passes over whole images.
        int heightOfShare = _split == Split.Rows ? _shareSize : g.OutputHeight, widthOfShare = _split == Split.Columns ? _shareSize : g.OutputWidth;
        int imagesOfShare = _split == Split.Images ? _shareSize : g.Batch;
        _windowRows = heightOfShare;
        _windowColumns = widthOfShare;
        _images = 1;
        _decodeAll = _blocks * _weightBlock * 4 <= AllPanels;
        if (_decodeAll)
        {
            long channels = _source == Source.Planar ? g.InputChannels : (g.GroupInputs + 15) / 16 * 16;
            if (_flat)
            {
                // Windows of equal size, in whole tiles.
                long most = Math.Max(28, WindowBytes / (channels * 4) / 28 * 28), windows = (widthOfShare + most - 1) / most;
                _windowColumns = (int)Math.Min(widthOfShare, (widthOfShare + windows * 28 - 1) / (windows * 28) * 28);
            }
            else
            {
                long rowBytes = channels * 4 * (_source == Source.InPlace ? g.OutputWidth : g.Columns) * (_source == Source.Columns ? Math.Max(1, g.KernelWidth / g.StrideX) : 1);
                long rows = WindowBytes / Math.Max(1, rowBytes * (_source == Source.InPlace ? 1 : g.StrideY)) - g.KernelHeight * g.DilationY / g.StrideY;
                _windowRows = (int)Math.Clamp(rows, Math.Min(4, heightOfShare), heightOfShare);
            }
            _decodeAll = _windowRows < heightOfShare || _windowColumns < widthOfShare || imagesOfShare > 1;
        }
        CutShares(threads);
        if (_split == Split.Columns) widthOfShare = _shareSize;
        if (!_gathered)
        {
            _tiles.Expect(_tileBlocks, _windowColumns, _tilePixels);
            _tiles.Expect(_tileBlocks, widthOfShare % _windowColumns, _tilePixels);
            _tiles.Expect(_blocks % _tileBlocks, _windowColumns, _tilePixels);
        }
        (_xRow, _xBlock, _windowFloats) = WindowStrides();
        if (!_decodeAll && _source != Source.InPlace)
            _images = (int)Math.Clamp(ImagesBytes / Math.Max(1, _windowFloats * 4), 1, imagesOfShare);
        else if (!_decodeAll)
            _images = imagesOfShare;

        _biasFloats = Round(g.OutputChannels + 32);
        _weightFloats = _inPlace ? 0 : Round((!_decodeAll ? _panelBlocks : _split == Split.Panels ? _shareSize : _blocks) * _weightBlock);
        _decodeFloats = Round(weight.Columns * 16L * (_source == Source.Planar ? 2 : 1));
        _rowFloats = _direct ? 0 : _panelBlocks * _windowColumns * 16L;
        _offsetFloats = _gathered ? Round(_windowRows * _windowColumns) : 0;
        _slotFloats = checked(Round(_weightFloats + _decodeFloats + 2 * _rowFloats + _offsetFloats + _windowFloats * _images + ColumnsRow) + HeldFloats);
        ScratchBytes = checked(4 * (_biasFloats + _slots * _slotFloats));
    }

    public long ScratchBytes { get; }

    /// <summary>One input row, before it is copied once for each kernel column.</summary>
    private long ColumnsRow => _source == Source.Columns ? _g.Columns * 16L : 0;

    private static long Round(long floats) => (floats + 15) & ~15L;

    private (long Row, long Block, long Floats) WindowStrides()
    {
        long rows = _g.RowsFor(_windowRows), columns = (_windowColumns - 1L) * _g.StrideX + (_g.KernelWidth - 1L) * _g.DilationX + 1;
        long blocks = (_g.GroupInputs + 15) / 16, block;
        switch (_source)
        {
            case Source.InPlace:
                return (_in.Width * 16L, _in.Pixels * 16, 0);
            case Source.Planar:
                long row = _g.StrideX <= 2 ? columns : (long)_windowColumns * _g.KernelWidth;
                block = rows * row;
                return (row, block, Round(block * _g.InputChannels));
            case Source.Picked:
                return (0, columns * 16, columns * 16 * blocks);
            case Source.Columns:
                block = rows * _windowColumns * _g.KernelWidth * 16 + 16;
                return ((long)_windowColumns * _g.KernelWidth * 16, block, block * blocks);
            default:
                block = rows * columns * 16 + 16;
                return (columns * 16, block, block * blocks);
        }
    }

    /// <param name="bias">Null, or one number for each output channel.</param>
    /// <param name="residual">Null, or a tensor of the output's shape and layout; may be y.</param>
    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* biases = (float*)scratch;
        NativeMemory.Clear(biases, (nuint)_biasFloats * 4);
        if (bias != null) NativeMemory.Copy(bias, biases, (nuint)_g.OutputChannels * 4);
        var call = new Call { X = x, Biases = biases, Residual = residual, Y = y, Scratch = biases + _biasFloats };
        for (int slot = 0; slot < _slots; slot++) *HeldBy(call, slot) = default;
        if (team is null)
            for (int share = 0; share < _shares; share++) Compute(call, share, 0);
        else
            team.Run(this, &call, 0, _shares);
        if (_out.Layout == TensorLayout.Blocked && !_direct && _out.Channels % 16 != 0)
            for (int n = 0; n < _g.Batch; n++)
                BlockedCopy.ClearLanes(y + (n + 1) * _out.ImageFloats - _out.Pixels * 16, _out.Pixels, _out.Channels % 16);
    }

    void IShared.Share(void* call, int phase, int share, int slot) => Compute(*(Call*)call, share, slot);

    private void Compute(in Call call, int share, int slot)
    {
        (int firstImage, int lastImage) = Range(Split.Images, share, _g.Batch);
        (int firstRow, int lastRow) = Range(Split.Rows, share, _g.OutputHeight);
        (int firstColumn, int lastColumn) = Range(Split.Columns, share, _g.OutputWidth);
        (int firstBlock, int lastBlock) = Range(Split.Panels, share, _blocks);
        float* weights = call.Scratch + slot * _slotFloats, scratch = weights + _weightFloats, row = scratch + _decodeFloats, window = row + 2 * _rowFloats + _offsetFloats;
        Held* held = HeldBy(call, slot);
        Tile tile = default;
        tile.WBlock = _weightBlock;
        tile.YStep = 16;
        tile.YBlock = _direct ? _out.Pixels * 16 : _windowColumns * 16L;
        if (_epilogue.InTile) _epilogue.Configure(ref tile);
        SetLoops(ref tile);
        if (_gathered)
        {
            tile.Offsets = (int*)(row + 2 * _rowFloats);
            for (int r = 0, i = 0; r < _windowRows; r++)
                for (int c = 0; c < _windowColumns; c++, i++) tile.Offsets[i] = checked((int)(r * _g.StrideY * _xRow) + c * _pixelStep);
        }

        for (int group = 0; group < _g.Groups; group++)
        {
            long weightsKey = (long)group * _blocks + firstBlock + 1;
            bool decode = !_inPlace && (!_decodeAll || held->Weights != weightsKey);
            for (int image = firstImage; image < lastImage; image += _images)
            {
                int images = Math.Min(_images, lastImage - image);
                for (int top = firstRow; top < lastRow; top += _windowRows)
                    for (int left = firstColumn; left < lastColumn; left += _windowColumns)
                    {
                        var part = new Part(group, image, images, top, Math.Min(_windowRows, lastRow - top),
                            left, Math.Min(_windowColumns, lastColumn - left));
                        long windowKey = (((long)group * _g.Batch + image) * _g.OutputHeight + top) * _g.OutputWidth + left + 1;
                        if (_source != Source.InPlace && held->Window != windowKey)
                        {
                            for (int i = 0; i < images; i++) Fill(call.X, part, i, window + i * _windowFloats);
                            held->Window = windowKey;
                        }
                        for (int panel = firstBlock; panel < lastBlock; panel += _panelBlocks)
                        {
                            int blocks = Math.Min(_panelBlocks, lastBlock - panel);
                            float* decoded = weights + (_decodeAll ? (panel - firstBlock) * _weightBlock : 0);
                            if (_inPlace) decoded = _weight.PanelAt(group * _g.GroupOutputs + panel * 16, 0);
                            else if (decode) Decode(group, panel, blocks, decoded, scratch);
                            tile.W = decoded;
                            Panel(&tile, part, panel, blocks, call.X, window, call.Biases, call.Residual, call.Y, row);
                        }
                        if (_decodeAll)
                        {
                            decode = false;
                            held->Weights = weightsKey;
                        }
                    }
            }
        }
    }

    /// <summary>What one pass computes: some images and pixels of one group.</summary>
    private readonly record struct Part(int Group, int Image, int Images, int Top, int Rows, int Left, int Columns);

    private void SetLoops(ref Tile tile)
    {
        tile.Middle = _g.KernelHeight;
        tile.XMiddle = _g.DilationY * _xRow;
        tile.XOuter = _xBlock;
        if (_source == Source.Planar)
        {
            bool columns = _g.StrideX > 2, straight = !columns && _g.DilationX == 1;
            tile.Outer = _g.InputChannels;
            tile.Inner = straight ? 1 : _g.KernelWidth;
            tile.XInner = columns ? _windowColumns : _g.DilationX;
            tile.Steps = tile.LastSteps = straight ? _g.KernelWidth : 1;
            return;
        }
        tile.Outer = (_g.GroupInputs + 15) / 16;
        tile.Inner = _g.KernelWidth;
        tile.XInner = _source == Source.Columns ? _windowColumns * 16L : _g.DilationX * 16L;
        tile.Steps = 16;
        tile.LastSteps = _g.GroupInputs - (tile.Outer - 1) * 16;
    }

    private void Decode(int group, int block, int blocks, float* panel, float* scratch)
    {
        int first = group * _g.GroupOutputs + block * 16, taps = _g.Taps, inputs = _g.GroupInputs;
        for (int b = 0; b < blocks; b++, first += 16, panel += _weightBlock)
        {
            if (_source != Source.Planar)
            {
                _weight.DecodePanel16(first, 0, inputs, panel, scratch);
                continue;
            }
            // Planar input wants [channel][tap] instead of [tap][channel].
            float* other = scratch + Round(_weight.Columns * 16L);
            _weight.DecodePanel16(first, 0, inputs, other, scratch);
            for (int i = 0; i < inputs; i++)
                for (int tap = 0; tap < taps; tap++)
                    NativeMemory.Copy(other + (tap * inputs + i) * 16, panel + (i * taps + tap) * 16, 64);
        }
    }

    private void Panel(Tile* tile, in Part part, int panel, int blocks, float* x, float* window, float* biases, float* residual, float* y, float* row)
    {
        int channel = part.Group * _g.GroupOutputs + panel * 16;
        long images = _out.ImageFloats;
        float* w = tile->W;
        for (int i = 0; i < part.Images; i++)
        {
            float* source = _source == Source.InPlace
                ? x + (part.Image + i) * _in.ImageFloats + part.Group * (_g.GroupInputs / 16) * _xBlock
                    + part.Top * _g.StrideY * _xRow + part.Left * (long)_pixelStep
                : window + i * _windowFloats;
            float* image = y + (part.Image + i) * images, add = residual == null ? null : residual + (part.Image + i) * images;
            if (_slabs > 1)
            {
                Slabs(tile, w, part, panel, blocks, source, biases + channel, image, add);
                continue;
            }
            // Gathered tiles take all rows for one.
            int rows = _gathered ? 1 : part.Rows, columns = _gathered ? part.Rows * part.Columns : part.Columns;
            for (int r = 0; r < rows; r++, source += _g.StrideY * _xRow)
            {
                long pixel = (long)(part.Top + r) * _out.Width + part.Left;
                float* to = row, from = null;
                if (_direct)
                {
                    long offset = ((channel >> 4) * _out.Pixels + pixel) * 16;
                    to = image + offset;
                    if (add != null) from = add + offset;
                }
                else if (add != null)
                {
                    from = row + _rowFloats;
                    for (int b = 0; b < blocks; b++)
                        BlockedCopy.ReadPixels(add, _out, channel + b * 16, Lanes(panel + b), pixel, columns, from + b * tile->YBlock);
                }
                tile->X = source;
                for (int b = 0; b < blocks; b += _tileBlocks)
                {
                    tile->W = w + b * _weightBlock;
                    tile->Bias = biases + channel + b * 16;
                    tile->Y = to + b * tile->YBlock;
                    tile->Residual = from == null ? null : from + b * tile->YBlock;
                    if (_gathered) _tiles.Gathered(tile, columns);
                    else _tiles.Row(tile, Math.Min(_tileBlocks, blocks - b), columns, _tilePixels, _pixelStep);
                }
                Finish(tile->YBlock, to, panel, blocks, channel, image, pixel, columns);
            }
        }
        tile->W = w;
    }

    /// <summary>Output channels of a block: 16, or what the group has left.</summary>
    private int Lanes(int block) => Math.Min(16, _g.GroupOutputs - block * 16);

    /// <summary>What tiles leave to do for a row: other activations, pad lanes, the way into a plain tensor.</summary>
    private void Finish(long yBlock, float* to, int panel, int blocks, int channel, float* image, long pixel, int columns)
    {
        if (!_epilogue.InTile)
            for (int b = 0; b < blocks; b++) _epilogue.Apply(to + b * yBlock, columns * 16L);
        for (int b = 0; b < blocks; b++)
            if (!_direct) BlockedCopy.Write(to + b * yBlock, image, _out, channel + b * 16, Lanes(panel + b), pixel, columns);
            else if (!_epilogue.KeepsZero && Lanes(panel + b) < 16) BlockedCopy.ClearLanes(to + b * yBlock, columns, Lanes(panel + b));
    }
}
