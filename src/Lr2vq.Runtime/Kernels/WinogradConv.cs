using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>3×3 convolution at stride 1 by Winograd's algorithm: patches of the input and kernels are transformed, multiplied point by point
/// as matrices [tiles × input channels] · [input channels × output channels], and transformed back with the epilogue.</summary>
/// <remarks>Tiles are done in blocks whose transformed input stays in the second-level cache. Weights are decoded in chunks of input
/// channels for up to four blocks of outputs, and transformed at once: into one panel that is used and forgotten where a single block of
/// tiles covers everything, else into scratch memory for all blocks. Strides that would be powers of two get one more vector, because the
/// stores of a transform would share a cache set. Errors: see <see cref="ConvMethod"/>.</remarks>
internal sealed unsafe class WinogradConv : IConvKernel, IShared
{
    /// <summary>Multiply-adds of products that are worth a share.</summary>
    private const long LeastShare = 1 << 17;

    /// <summary>Most threads that each transform all input of a block of tiles, which costs less than reading what others have in their caches.</summary>
    private const int OwnTilesThreads = 4;

    private const int NoTile = -1;

    /// <summary>Pixels of the widest register tile.</summary>
    private const int WidestTile = 7;

    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly ImageLayout _in, _out;
    private readonly TileSet _products;
    private readonly WinogradKernels _kernels;
    private readonly int _side, _points, _tileRows, _tileColumns, _tiles, _tileBlock;
    private readonly int _inputBlocks, _chunk, _chunks, _blocks, _panelBlocks, _panels, _productBlocks, _productTiles;
    private readonly bool _keepWeights, _ownTiles;
    private readonly long _vPoint, _mBlock, _mPoint, _uBlock, _uPoint, _panelFloats;
    private readonly long _biasFloats, _vFloats, _mFloats, _uFloats, _decodedFloats, _decodeFloats, _ownFloats, _sharedFloats, _slotFloats;
    private readonly int _slots;

    /// <param name="outputs">Output pixels on one side of a tile: 4, or 2, which is more accurate.</param>
    public WinogradConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, int outputs, Isa isa, int threads = 1)
    {
        ConvGeometry g = geometry;
        (_g, _weight, _epilogue) = (g, weight, epilogue);
        _in = new ImageLayout(TensorLayout.Blocked, g.InputChannels, g.InputHeight, g.InputWidth);
        _out = new ImageLayout(TensorLayout.Blocked, g.OutputChannels, g.OutputHeight, g.OutputWidth);
        _kernels = WinogradKernels.Find(outputs, isa);
        _products = new TileSet(isa, 16);
        _side = _kernels.Side;
        _points = _side * _side;
        _tileRows = (g.OutputHeight + outputs - 1) / outputs;
        _tileColumns = (g.OutputWidth + outputs - 1) / outputs;
        _inputBlocks = _in.Blocks;
        _blocks = _out.Blocks;

        WinogradBlocks plan = WinogradBlocks.Of(g, outputs);
        (_tiles, _keepWeights) = (plan.Tiles, plan.KeepsWeights);
        int parts = plan.Parts;
        if (_points * (long)_tiles * g.InputChannels * g.OutputChannels < 2 * LeastShare) threads = 1;
        _slots = threads;
        _ownTiles = !_keepWeights && threads is > 1 and <= OwnTilesThreads;
        // Weights that are kept are shared: threads divide the blocks of tiles. Else they divide the panels of one block of tiles.
        if (_keepWeights) parts = Math.Min(_tiles, (parts + threads - 1) / threads * threads);
        _tileBlock = (_tiles + parts - 1) / parts;
        // The blocks are limited to multiples of the widest register tile; the JIT then compiles no narrower ones for all but the last.
        if (_keepWeights && threads == 1) _tileBlock = (_tileBlock + WidestTile - 1) / WidestTile * WidestTile;

        int blocksOfShare = _keepWeights ? _blocks : (_blocks + threads - 1) / threads;
        (_productBlocks, _productTiles) = _products.Choose(blocksOfShare, _tileBlock, fewStreams: false);
        int panelBlocks = 4;
        if (threads > 1 && !_keepWeights)
        {
            // More shares: a thread waits less for the last one of another.
            panelBlocks = 2;
            if (_productBlocks > 2) (_productBlocks, _productTiles) = (2, _products.MostPixels(2));
        }
        _panelBlocks = Math.Min(blocksOfShare, Math.Max(1, panelBlocks / _productBlocks) * _productBlocks);
        _panels = (_blocks + _panelBlocks - 1) / _panelBlocks;
        EarlyCompilation.Add(_kernels.Compile);
        _products.Expect(_productBlocks, Math.Min(_tileBlock, _tiles), _productTiles);
        _products.Expect(_productBlocks, _tiles % _tileBlock, _productTiles);
        _chunk = Math.Min(_inputBlocks * 16, 64);
        _chunks = (_inputBlocks * 16 + _chunk - 1) / _chunk;

        _vPoint = (long)_inputBlocks * _tileBlock * 16 + 16;
        _mBlock = _tileBlock * 16L;
        _mPoint = _panelBlocks * _mBlock + 16;
        _uBlock = _chunk * 16L + 16;
        _uPoint = _panelBlocks * _uBlock + 16;
        _panelFloats = _points * _uPoint;

        _biasFloats = (_blocks + 4) * 16L;
        _vFloats = _points * _vPoint;
        _mFloats = _points * _mPoint;
        _uFloats = _panelFloats * (_keepWeights ? (long)_panels * _chunks : 1);
        _decodedFloats = _chunk * 9L * 16;
        _decodeFloats = weight.Columns * 16L;
        // Per thread: what only one share needs.
        _ownFloats = (_keepWeights ? 0 : _uFloats) + (_keepWeights || _ownTiles ? _vFloats : 0);
        _slotFloats = _mFloats + _ownFloats + _decodedFloats + _decodeFloats + PatchFloats + 2 * TileFloats + 16;
        _sharedFloats = _keepWeights ? _uFloats : _ownTiles ? 0 : _vFloats;
        ScratchBytes = checked(4 * (_biasFloats + _sharedFloats + _slots * _slotFloats));
    }

    public long ScratchBytes { get; }

    private long PatchFloats => _points * 16L;

    private long TileFloats => _kernels.Outputs * _kernels.Outputs * 16L;

    public static bool Serves(in ConvGeometry g, TensorLayout input, TensorLayout output) =>
        input == TensorLayout.Blocked && output == TensorLayout.Blocked && g.Groups == 1 && g.KernelHeight == 3 && g.KernelWidth == 3
        && g.StrideX == 1 && g.StrideY == 1 && g.DilationX == 1 && g.DilationY == 1;

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* biases = (float*)scratch, shared = biases + _biasFloats;
        NativeMemory.Clear(biases, (nuint)_biasFloats * 4);
        if (bias != null) NativeMemory.Copy(bias, biases, (nuint)_g.OutputChannels * 4);
        if (_slots == 1) team = null;
        var call = new Call { X = x, Biases = biases, Residual = residual, Y = y, Shared = shared, Slots = shared + _sharedFloats };
        if (_keepWeights)
        {
            // One thread uses each panel while it is in the cache.
            if (call.Ready = team is not null) Do(team, &call, KeepWeights, _blocks * _chunks);
            Do(team, &call, Tiles, (_tiles + _tileBlock - 1) / _tileBlock);
            return;
        }
        for (int slot = 0; slot < _slots; slot++) *Transformed(call.Slots + slot * _slotFloats) = NoTile;
        for (call.First = 0; call.First < _tiles; call.First += _tileBlock)
        {
            if (!_ownTiles) Do(team, &call, Transform, _inputBlocks);
            Do(team, &call, Panels, _panels);
        }
    }

    private const int KeepWeights = 0, Tiles = 1, Transform = 2, Panels = 3;

    private struct Call
    {
        public float* X, Biases, Residual, Y;
        /// <summary>Weights if they are kept, else transformed input.</summary>
        public float* Shared;
        public float* Slots;
        /// <summary>First tile of the present block, where threads share one.</summary>
        public int First;
        /// <summary>All weights are there.</summary>
        public bool Ready;
    }

    private void Do(ThreadTeam? team, Call* call, int phase, int shares)
    {
        if (team is not null) team.Run(this, call, phase, shares);
        else
            for (int share = 0; share < shares; share++) Share(call, phase, share, 0);
    }

    void IShared.Share(void* call, int phase, int share, int slot) => Share((Call*)call, phase, share, slot);

    private void Share(Call* call, int phase, int share, int slot)
    {
        float* m = call->Slots + slot * _slotFloats, own = m + _mFloats, decoded = own + _ownFloats;
        float* decode = decoded + _decodedFloats, patch = decode + _decodeFloats, tile = patch + PatchFloats;
        float* u = _keepWeights ? call->Shared : own, v = _keepWeights ? own : _ownTiles ? own + _uFloats : call->Shared;
        int first = phase == Tiles ? share * _tileBlock : call->First, tiles = Math.Min(_tileBlock, _tiles - first);
        switch (phase)
        {
            case KeepWeights:
                int kept = Math.DivRem(share, _chunks, out int part), panelOfKept = Math.DivRem(kept, _panelBlocks, out int place);
                Weights(kept, 1, part, u + (panelOfKept * _chunks + part) * _panelFloats + place * _uBlock, decoded, decode);
                break;
            case Transform:
                Input(call->X, share, first, tiles, v, patch);
                break;
            case Tiles:
                Inputs(call->X, first, tiles, v, patch);
                for (int panel = 0; panel < _panels; panel++) Panel(call, panel, first, tiles, v, u, m, decoded, decode, tile);
                break;
            default:
                int* transformed = Transformed(m);
                if (_ownTiles && *transformed != first)
                {
                    Inputs(call->X, first, tiles, v, patch);
                    *transformed = first;
                }
                Panel(call, share, first, tiles, v, u, m, decoded, decode, tile);
                break;
        }
    }

    /// <summary>First of the tiles whose transformed input a thread has.</summary>
    private int* Transformed(float* slot) => (int*)(slot + _slotFloats - 16);

    /// <summary>Up to four blocks of output channels of some tiles.</summary>
    private void Panel(Call* call, int panel, int first, int tiles, float* v, float* u, float* m, float* decoded, float* decode, float* tile)
    {
        int block = panel * _panelBlocks, blocks = Math.Min(_panelBlocks, _blocks - block);
        for (int chunk = 0; chunk < _chunks; chunk++)
        {
            float* weights = u + (_keepWeights ? (panel * _chunks + chunk) * _panelFloats : 0);
            if (!_keepWeights || (first == 0 && !call->Ready)) Weights(block, blocks, chunk, weights, decoded, decode);
            Products(v, weights, m, blocks, chunk, tiles, call->Biases);
        }
        Output(m, call->Biases, call->Residual, call->Y, first, tiles, block, blocks, tile);
    }

    /// <summary>Image, and upper left output pixel, of a tile.</summary>
    private (int Image, int Row, int Column) Place(int tile)
    {
        int row = Math.DivRem(tile, _tileColumns, out int column), image = Math.DivRem(row, _tileRows, out row);
        return (image, row * _kernels.Outputs, column * _kernels.Outputs);
    }

    private void Inputs(float* x, int first, int tiles, float* v, float* patch)
    {
        for (int block = 0; block < _inputBlocks; block++) Input(x, block, first, tiles, v, patch);
    }

    /// <summary>Transforms the patches of some tiles of a block of input channels: v[point][block][tile].</summary>
    private void Input(float* x, int block, int first, int tiles, float* v, float* patch)
    {
        long line = _g.InputWidth * 16L;
        (int image, int row, int column) = Place(first);
        float* to = v + block * _tileBlock * 16L;
        for (int tile = 0; tile < tiles; tile++, to += 16)
        {
            float* plane = x + (image * (long)_inputBlocks + block) * _in.Pixels * 16;
            int top = row - _g.Top, left = column - _g.Left;
            if (top >= 0 && left >= 0 && top + _side <= _g.InputHeight && left + _side <= _g.InputWidth)
            {
                _kernels.Input(plane + top * line + left * 16L, line, to, _vPoint);
            }
            else
            {
                Edge(plane, top, left, patch);
                _kernels.Input(patch, _side * 16L, to, _vPoint);
            }
            Next(ref image, ref row, ref column);
        }
    }

    private void Next(ref int image, ref int row, ref int column)
    {
        column += _kernels.Outputs;
        if (column < _g.OutputWidth) return;
        column = 0;
        row += _kernels.Outputs;
        if (row < _g.OutputHeight) return;
        row = 0;
        image++;
    }

    /// <summary>A patch that leaves the image: zero there.</summary>
    private void Edge(float* plane, int top, int left, float* patch)
    {
        int from = Math.Clamp(-left, 0, _side), to = Math.Clamp(_g.InputWidth - left, from, _side);
        for (int r = 0; r < _side; r++, patch += _side * 16)
        {
            var line = new Span<float>(patch, _side * 16);
            int at = top + r;
            if (at < 0 || at >= _g.InputHeight || from == to)
            {
                line.Clear();
                continue;
            }
            if (from > 0) line[..(from * 16)].Clear();
            if (to < _side) line[(to * 16)..].Clear();
            new ReadOnlySpan<float>(plane + ((long)at * _g.InputWidth + left + from) * 16, (to - from) * 16).CopyTo(line[(from * 16)..]);
        }
    }

    /// <summary>Transforms a chunk of the weights of some output blocks: u[point][block][input channel].</summary>
    private void Weights(int block, int blocks, int chunk, float* u, float* decoded, float* decode)
    {
        int input = chunk * _chunk, inputs = Math.Min(_chunk, _g.InputChannels - input);
        for (int b = 0; b < blocks; b++)
        {
            // Copied even where it lies in memory: a copy reads straight on, the transform jumps from tap to tap.
            _weight.DecodePanel16((block + b) * 16, input, inputs, decoded, decode);
            _kernels.Weights(decoded, inputs, u + b * _uBlock, _uPoint);
        }
    }

    private void Products(float* v, float* u, float* m, int blocks, int chunk, int tiles, float* biases)
    {
        int inputs = Math.Min(_chunk, _g.InputChannels - chunk * _chunk);
        Tile tile = default;
        tile.WBlock = _uBlock;
        tile.YBlock = _mBlock;
        tile.YStep = 16;
        tile.Bias = biases + _blocks * 16L;     // zeros
        tile.Accumulate = chunk > 0;
        tile.Outer = (inputs + 15) / 16;
        tile.XOuter = _tileBlock * 16L;
        tile.Middle = tile.Inner = 1;
        tile.Steps = 16;
        tile.LastSteps = inputs - (tile.Outer - 1) * 16;
        v += chunk * (_chunk / 16) * tile.XOuter;
        for (int point = 0; point < _points; point++, v += _vPoint, u += _uPoint, m += _mPoint)
            for (int b = 0; b < blocks; b += _productBlocks)
            {
                tile.X = v;
                tile.W = u + b * _uBlock;
                tile.Y = m + b * _mBlock;
                _products.Row(&tile, Math.Min(_productBlocks, blocks - b), tiles, _productTiles, 16);
            }
    }

    private void Output(float* m, float* biases, float* residual, float* y, int first, int tiles, int block, int blocks, float* buffer)
    {
        int size = _kernels.Outputs;
        Tile activation = default;
        if (_epilogue.InTile) _epilogue.Configure(ref activation);
        WinogradOutput t = default;
        (t.Activation, t.Low, t.High) = (activation.Activation, activation.Low, activation.High);
        t.PointStride = _mPoint;
        float* added = buffer + TileFloats;
        for (int b = 0; b < blocks; b++)
        {
            (int image, int row, int column) = Place(first);
            int lanes = Math.Min(16, _g.OutputChannels - (block + b) * 16);
            bool plain = _epilogue.InTile && (lanes == 16 || _epilogue.KeepsZero);
            t.Bias = biases + (block + b) * 16;
            t.Products = m + b * _mBlock;
            for (int tile = 0; tile < tiles; tile++, t.Products += 16)
            {
                long offset = ((image * (long)_blocks + block + b) * _out.Pixels + (long)row * _g.OutputWidth + column) * 16;
                int rows = Math.Min(size, _g.OutputHeight - row), columns = Math.Min(size, _g.OutputWidth - column);
                if (plain && rows == size && columns == size)
                {
                    t.Row = _g.OutputWidth * 16L;
                    t.Y = y + offset;
                    t.Residual = residual == null ? null : residual + offset;
                    _kernels.Output(&t);
                }
                else
                {
                    t.Row = size * 16;
                    t.Y = buffer;
                    t.Residual = residual == null ? null : added;
                    if (residual != null) Copy(residual + offset, _g.OutputWidth * 16L, added, t.Row, rows, columns);
                    _kernels.Output(&t);
                    if (!_epilogue.InTile) _epilogue.Apply(buffer, TileFloats);
                    if (!_epilogue.KeepsZero && lanes < 16) BlockedCopy.ClearLanes(buffer, size * size, lanes);
                    Copy(buffer, t.Row, y + offset, _g.OutputWidth * 16L, rows, columns);
                }
                Next(ref image, ref row, ref column);
            }
        }
    }

    private static void Copy(float* from, long fromRow, float* to, long toRow, int rows, int columns)
    {
        for (int r = 0; r < rows; r++, from += fromRow, to += toRow)
            new ReadOnlySpan<float>(from, columns * 16).CopyTo(new Span<float>(to, columns * 16));
    }
}
