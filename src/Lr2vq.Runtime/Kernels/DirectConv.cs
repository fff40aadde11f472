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
    private readonly DirectPlan _plan;
    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly ImageLayout _in, _out;
    private readonly TileSet _tiles;

    public DirectConv(DirectPlan plan, WeightTensor weight, Epilogue epilogue, Isa isa)
    {
        (_plan, _g, _in, _out) = (plan, plan.Geometry, plan.Input, plan.Output);
        (_weight, _epilogue) = (weight, epilogue);
        _tiles = new TileSet(isa, plan.PixelStep);
        if (plan.Gathered) return;
        _tiles.Expect(plan.TileBlocks, plan.WindowColumns, plan.TilePixels);
        _tiles.Expect(plan.TileBlocks, plan.Shares.LengthOf(ConvSplit.Columns, _g.OutputWidth) % plan.WindowColumns, plan.TilePixels);
        _tiles.Expect(plan.Blocks % plan.TileBlocks, plan.WindowColumns, plan.TilePixels);
    }

    public DirectConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa, int threads = 1)
        : this(DirectPlan.Of(geometry, ConvWeights.Of(weight), input, output, isa, threads), weight, epilogue, isa)
    {
    }

    public long ScratchBytes => _plan.ScratchBytes;

    private struct Call
    {
        public float* X, Biases, Residual, Y, Scratch;
    }

    /// <summary>What the scratch memory of a thread holds from its last share: all weights of a group and block, the window of an image and pixel. 0: nothing.</summary>
    private struct Held
    {
        public long Weights, Window;
    }

    private Held* HeldBy(in Call call, int slot) => (Held*)(call.Scratch + (slot + 1) * _plan.SlotFloats - DirectPlan.HeldFloats);

    /// <param name="bias">Null, or one number for each output channel.</param>
    /// <param name="residual">Null, or a tensor of the output's shape and layout; may be y.</param>
    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* biases = (float*)scratch;
        NativeMemory.Clear(biases, (nuint)_plan.BiasFloats * 4);
        if (bias != null) NativeMemory.Copy(bias, biases, (nuint)_g.OutputChannels * 4);
        var call = new Call { X = x, Biases = biases, Residual = residual, Y = y, Scratch = biases + _plan.BiasFloats };
        for (int slot = 0; slot < _plan.Shares.Slots; slot++) *HeldBy(call, slot) = default;
        if (team is null)
            for (int share = 0; share < _plan.Shares.Count; share++) Compute(call, share, 0);
        else
            team.Run(this, &call, 0, _plan.Shares.Count);
        if (_out.Layout == TensorLayout.Blocked && !_plan.Direct && _out.Channels % 16 != 0)
            for (int n = 0; n < _g.Batch; n++)
                BlockedCopy.ClearLanes(y + (n + 1) * _out.ImageFloats - _out.Pixels * 16, _out.Pixels, _out.Channels % 16);
    }

    void IShared.Share(void* call, int phase, int share, int slot) => Compute(*(Call*)call, share, slot);

    private void Compute(in Call call, int share, int slot)
    {
        (int firstImage, int lastImage) = _plan.Shares.Range(ConvSplit.Images, share, _g.Batch);
        (int firstRow, int lastRow) = _plan.Shares.Range(ConvSplit.Rows, share, _g.OutputHeight);
        (int firstColumn, int lastColumn) = _plan.Shares.Range(ConvSplit.Columns, share, _g.OutputWidth);
        (int firstBlock, int lastBlock) = _plan.Shares.Range(ConvSplit.Panels, share, _plan.Blocks);
        float* weights = call.Scratch + slot * _plan.SlotFloats, scratch = weights + _plan.WeightFloats, row = scratch + _plan.DecodeFloats, window = row + 2 * _plan.RowFloats + _plan.OffsetFloats;
        Held* held = HeldBy(call, slot);
        Tile tile = default;
        tile.WBlock = _plan.WeightBlock;
        tile.YStep = 16;
        tile.YBlock = _plan.Direct ? _out.Pixels * 16 : _plan.WindowColumns * 16L;
        if (_epilogue.InTile) _epilogue.Configure(ref tile);
        SetLoops(ref tile);
        if (_plan.Gathered)
        {
            tile.Offsets = (int*)(row + 2 * _plan.RowFloats);
            for (int r = 0, i = 0; r < _plan.WindowRows; r++)
                for (int c = 0; c < _plan.WindowColumns; c++, i++) tile.Offsets[i] = checked((int)(r * _g.StrideY * _plan.XRow) + c * _plan.PixelStep);
        }

        for (int group = 0; group < _g.Groups; group++)
        {
            long weightsKey = (long)group * _plan.Blocks + firstBlock + 1;
            bool decode = !_plan.WeightsInPlace && (!_plan.DecodeAll || held->Weights != weightsKey);
            for (int image = firstImage; image < lastImage; image += _plan.Images)
            {
                int images = Math.Min(_plan.Images, lastImage - image);
                for (int top = firstRow; top < lastRow; top += _plan.WindowRows)
                    for (int left = firstColumn; left < lastColumn; left += _plan.WindowColumns)
                    {
                        var part = new Part(group, image, images, top, Math.Min(_plan.WindowRows, lastRow - top),
                            left, Math.Min(_plan.WindowColumns, lastColumn - left));
                        long windowKey = (((long)group * _g.Batch + image) * _g.OutputHeight + top) * _g.OutputWidth + left + 1;
                        if (_plan.Source != DirectSource.InPlace && held->Window != windowKey)
                        {
                            for (int i = 0; i < images; i++) Fill(call.X, part, i, window + i * _plan.WindowFloats);
                            held->Window = windowKey;
                        }
                        for (int panel = firstBlock; panel < lastBlock; panel += _plan.PanelBlocks)
                        {
                            int blocks = Math.Min(_plan.PanelBlocks, lastBlock - panel);
                            float* decoded = weights + (_plan.DecodeAll ? (panel - firstBlock) * _plan.WeightBlock : 0);
                            if (_plan.WeightsInPlace) decoded = _weight.PanelAt(group * _g.GroupOutputs + panel * 16, 0);
                            else if (decode) Decode(group, panel, blocks, decoded, scratch);
                            tile.W = decoded;
                            Panel(&tile, part, panel, blocks, call.X, window, call.Biases, call.Residual, call.Y, row);
                        }
                        if (_plan.DecodeAll)
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
        tile.XMiddle = _g.DilationY * _plan.XRow;
        tile.XOuter = _plan.XBlock;
        if (_plan.Source == DirectSource.Planar)
        {
            bool columns = _g.StrideX > 2, straight = !columns && _g.DilationX == 1;
            tile.Outer = _g.InputChannels;
            tile.Inner = straight ? 1 : _g.KernelWidth;
            tile.XInner = columns ? _plan.WindowColumns : _g.DilationX;
            tile.Steps = tile.LastSteps = straight ? _g.KernelWidth : 1;
            return;
        }
        tile.Outer = (_g.GroupInputs + 15) / 16;
        tile.Inner = _g.KernelWidth;
        tile.XInner = _plan.Source == DirectSource.Columns ? _plan.WindowColumns * 16L : _g.DilationX * 16L;
        tile.Steps = 16;
        tile.LastSteps = _g.GroupInputs - (tile.Outer - 1) * 16;
    }

    private void Decode(int group, int block, int blocks, float* panel, float* scratch)
    {
        int first = group * _g.GroupOutputs + block * 16, taps = _g.Taps, inputs = _g.GroupInputs;
        for (int b = 0; b < blocks; b++, first += 16, panel += _plan.WeightBlock)
        {
            if (_plan.Source != DirectSource.Planar)
            {
                _weight.DecodePanel16(first, 0, inputs, panel, scratch);
                continue;
            }
            // Planar input wants [channel][tap] instead of [tap][channel].
            float* other = scratch + CacheLines.Up(_weight.Columns * 16L);
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
            float* source = _plan.Source == DirectSource.InPlace
                ? x + (part.Image + i) * _in.ImageFloats + part.Group * (_g.GroupInputs / 16) * _plan.XBlock
                    + part.Top * _g.StrideY * _plan.XRow + part.Left * (long)_plan.PixelStep
                : window + i * _plan.WindowFloats;
            float* image = y + (part.Image + i) * images, add = residual == null ? null : residual + (part.Image + i) * images;
            if (_plan.Slabs > 1)
            {
                Slabs(tile, w, part, panel, blocks, source, biases + channel, image, add);
                continue;
            }
            // Gathered tiles take all rows for one.
            int rows = _plan.Gathered ? 1 : part.Rows, columns = _plan.Gathered ? part.Rows * part.Columns : part.Columns;
            for (int r = 0; r < rows; r++, source += _g.StrideY * _plan.XRow)
            {
                long pixel = (long)(part.Top + r) * _out.Width + part.Left;
                float* to = row, from = null;
                if (_plan.Direct)
                {
                    long offset = ((channel >> 4) * _out.Pixels + pixel) * 16;
                    to = image + offset;
                    if (add != null) from = add + offset;
                }
                else if (add != null)
                {
                    from = row + _plan.RowFloats;
                    for (int b = 0; b < blocks; b++)
                        BlockedCopy.ReadPixels(add, _out, channel + b * 16, Lanes(panel + b), pixel, columns, from + b * tile->YBlock);
                }
                tile->X = source;
                for (int b = 0; b < blocks; b += _plan.TileBlocks)
                {
                    tile->W = w + b * _plan.WeightBlock;
                    tile->Bias = biases + channel + b * 16;
                    tile->Y = to + b * tile->YBlock;
                    tile->Residual = from == null ? null : from + b * tile->YBlock;
                    if (_plan.Gathered) _tiles.Gathered(tile, columns);
                    else _tiles.Row(tile, Math.Min(_plan.TileBlocks, blocks - b), columns, _plan.TilePixels, _plan.PixelStep);
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
            if (!_plan.Direct) BlockedCopy.Write(to + b * yBlock, image, _out, channel + b * 16, Lanes(panel + b), pixel, columns);
            else if (!_epilogue.KeepsZero && Lanes(panel + b) < 16) BlockedCopy.ClearLanes(to + b * yBlock, columns, Lanes(panel + b));
    }
}
