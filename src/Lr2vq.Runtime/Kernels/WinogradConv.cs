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
    private const int NoTile = -1;

    private readonly WinogradPlan _plan;
    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly TileSet _products;
    private readonly WinogradKernels _kernels;

    public WinogradConv(WinogradPlan plan, WeightTensor weight, Epilogue epilogue, Isa isa)
    {
        (_plan, _g, _weight, _epilogue) = (plan, plan.Geometry, weight, epilogue);
        _kernels = WinogradKernels.Find(plan.Outputs, isa);
        _products = new TileSet(isa, 16);
        EarlyCompilation.Add(_kernels.Compile);
        _products.Expect(plan.ProductBlocks, Math.Min(plan.TileBlock, plan.Tiles), plan.ProductTiles);
        _products.Expect(plan.ProductBlocks, plan.Tiles % plan.TileBlock, plan.ProductTiles);
    }

    /// <param name="outputs">Output pixels on one side of a tile: 4, or 2, which is more accurate.</param>
    public WinogradConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, int outputs, Isa isa, int threads = 1)
        : this(WinogradPlan.Of(geometry, ConvWeights.Of(weight), outputs, isa, threads), weight, epilogue, isa)
    {
    }

    public long ScratchBytes => _plan.ScratchBytes;

    public static bool Serves(in ConvGeometry g, TensorLayout input, TensorLayout output) =>
        input == TensorLayout.Blocked && output == TensorLayout.Blocked && g.Groups == 1 && g.KernelHeight == 3 && g.KernelWidth == 3
        && g.StrideX == 1 && g.StrideY == 1 && g.DilationX == 1 && g.DilationY == 1;

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* biases = (float*)scratch, shared = biases + _plan.BiasFloats;
        NativeMemory.Clear(biases, (nuint)_plan.BiasFloats * 4);
        if (bias != null) NativeMemory.Copy(bias, biases, (nuint)_g.OutputChannels * 4);
        if (_plan.Slots == 1) team = null;
        var call = new Call { X = x, Biases = biases, Residual = residual, Y = y, Shared = shared, Slots = shared + _plan.SharedFloats };
        if (_plan.KeepsWeights)
        {
            // One thread uses each panel while it is in the cache.
            if (call.Ready = team is not null) Do(team, &call, KeepWeights, _plan.Blocks * _plan.Chunks);
            Do(team, &call, Tiles, (_plan.Tiles + _plan.TileBlock - 1) / _plan.TileBlock);
            return;
        }
        for (int slot = 0; slot < _plan.Slots; slot++) *Transformed(call.Slots + slot * _plan.SlotFloats) = NoTile;
        for (call.First = 0; call.First < _plan.Tiles; call.First += _plan.TileBlock)
        {
            if (!_plan.OwnTiles) Do(team, &call, Transform, _plan.InputBlocks);
            Do(team, &call, Panels, _plan.Panels);
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
        float* m = call->Slots + slot * _plan.SlotFloats, own = m + _plan.MFloats, decoded = own + _plan.OwnFloats;
        float* decode = decoded + _plan.DecodedFloats, patch = decode + _plan.DecodeFloats, tile = patch + _plan.PatchFloats;
        float* u = _plan.KeepsWeights ? call->Shared : own, v = _plan.KeepsWeights ? own : _plan.OwnTiles ? own + _plan.UFloats : call->Shared;
        int first = phase == Tiles ? share * _plan.TileBlock : call->First, tiles = Math.Min(_plan.TileBlock, _plan.Tiles - first);
        switch (phase)
        {
            case KeepWeights:
                int kept = Math.DivRem(share, _plan.Chunks, out int part), panelOfKept = Math.DivRem(kept, _plan.PanelBlocks, out int place);
                Weights(kept, 1, part, u + (panelOfKept * _plan.Chunks + part) * _plan.PanelFloats + place * _plan.UBlock, decoded, decode);
                break;
            case Transform:
                Input(call->X, share, first, tiles, v, patch);
                break;
            case Tiles:
                Inputs(call->X, first, tiles, v, patch);
                for (int panel = 0; panel < _plan.Panels; panel++) Panel(call, panel, first, tiles, v, u, m, decoded, decode, tile);
                break;
            default:
                int* transformed = Transformed(m);
                if (_plan.OwnTiles && *transformed != first)
                {
                    Inputs(call->X, first, tiles, v, patch);
                    *transformed = first;
                }
                Panel(call, share, first, tiles, v, u, m, decoded, decode, tile);
                break;
        }
    }

    /// <summary>First of the tiles whose transformed input a thread has.</summary>
    private int* Transformed(float* slot) => (int*)(slot + _plan.SlotFloats - 16);

    /// <summary>Up to four blocks of output channels of some tiles.</summary>
    private void Panel(Call* call, int panel, int first, int tiles, float* v, float* u, float* m, float* decoded, float* decode, float* tile)
    {
        int block = panel * _plan.PanelBlocks, blocks = Math.Min(_plan.PanelBlocks, _plan.Blocks - block);
        for (int chunk = 0; chunk < _plan.Chunks; chunk++)
        {
            float* weights = u + (_plan.KeepsWeights ? (panel * _plan.Chunks + chunk) * _plan.PanelFloats : 0);
            if (!_plan.KeepsWeights || (first == 0 && !call->Ready)) Weights(block, blocks, chunk, weights, decoded, decode);
            Products(v, weights, m, blocks, chunk, tiles, call->Biases);
        }
        Output(m, call->Biases, call->Residual, call->Y, first, tiles, block, blocks, tile);
    }

    /// <summary>Image, and upper left output pixel, of a tile.</summary>
    private (int Image, int Row, int Column) Place(int tile)
    {
        int row = Math.DivRem(tile, _plan.TileColumns, out int column), image = Math.DivRem(row, _plan.TileRows, out row);
        return (image, row * _kernels.Outputs, column * _kernels.Outputs);
    }

    private void Inputs(float* x, int first, int tiles, float* v, float* patch)
    {
        for (int block = 0; block < _plan.InputBlocks; block++) Input(x, block, first, tiles, v, patch);
    }

    /// <summary>Transforms the patches of some tiles of a block of input channels: v[point][block][tile].</summary>
    private void Input(float* x, int block, int first, int tiles, float* v, float* patch)
    {
        long line = _g.InputWidth * 16L;
        (int image, int row, int column) = Place(first);
        float* to = v + block * _plan.TileBlock * 16L;
        for (int tile = 0; tile < tiles; tile++, to += 16)
        {
            float* plane = x + (image * (long)_plan.InputBlocks + block) * _plan.Input.Pixels * 16;
            int top = row - _g.Top, left = column - _g.Left;
            if (top >= 0 && left >= 0 && top + _plan.Side <= _g.InputHeight && left + _plan.Side <= _g.InputWidth)
            {
                _kernels.Input(plane + top * line + left * 16L, line, to, _plan.VPoint);
            }
            else
            {
                Edge(plane, top, left, patch);
                _kernels.Input(patch, _plan.Side * 16L, to, _plan.VPoint);
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
        int from = Math.Clamp(-left, 0, _plan.Side), to = Math.Clamp(_g.InputWidth - left, from, _plan.Side);
        for (int r = 0; r < _plan.Side; r++, patch += _plan.Side * 16)
        {
            var line = new Span<float>(patch, _plan.Side * 16);
            int at = top + r;
            if (at < 0 || at >= _g.InputHeight || from == to)
            {
                line.Clear();
                continue;
            }
            if (from > 0) line[..(from * 16)].Clear();
            if (to < _plan.Side) line[(to * 16)..].Clear();
            new ReadOnlySpan<float>(plane + ((long)at * _g.InputWidth + left + from) * 16, (to - from) * 16).CopyTo(line[(from * 16)..]);
        }
    }

    /// <summary>Transforms a chunk of the weights of some output blocks: u[point][block][input channel].</summary>
    private void Weights(int block, int blocks, int chunk, float* u, float* decoded, float* decode)
    {
        int input = chunk * _plan.Chunk, inputs = Math.Min(_plan.Chunk, _g.InputChannels - input);
        for (int b = 0; b < blocks; b++)
        {
            // Copied even where it lies in memory: a copy reads straight on, the transform jumps from tap to tap.
            _weight.DecodePanel16((block + b) * 16, input, inputs, decoded, decode);
            _kernels.Weights(decoded, inputs, u + b * _plan.UBlock, _plan.UPoint);
        }
    }

    private void Products(float* v, float* u, float* m, int blocks, int chunk, int tiles, float* biases)
    {
        int inputs = Math.Min(_plan.Chunk, _g.InputChannels - chunk * _plan.Chunk);
        Tile tile = default;
        tile.WBlock = _plan.UBlock;
        tile.YBlock = _plan.MBlock;
        tile.YStep = 16;
        tile.Bias = biases + _plan.Blocks * 16L;     // zeros
        tile.Accumulate = chunk > 0;
        tile.Outer = (inputs + 15) / 16;
        tile.XOuter = _plan.TileBlock * 16L;
        tile.Middle = tile.Inner = 1;
        tile.Steps = 16;
        tile.LastSteps = inputs - (tile.Outer - 1) * 16;
        v += chunk * (_plan.Chunk / 16) * tile.XOuter;
        for (int point = 0; point < _plan.Points; point++, v += _plan.VPoint, u += _plan.UPoint, m += _plan.MPoint)
            for (int b = 0; b < blocks; b += _plan.ProductBlocks)
            {
                tile.X = v;
                tile.W = u + b * _plan.UBlock;
                tile.Y = m + b * _plan.MBlock;
                _products.Row(&tile, Math.Min(_plan.ProductBlocks, blocks - b), tiles, _plan.ProductTiles, 16);
            }
    }

    private void Output(float* m, float* biases, float* residual, float* y, int first, int tiles, int block, int blocks, float* buffer)
    {
        int size = _kernels.Outputs;
        Tile activation = default;
        if (_epilogue.InTile) _epilogue.Configure(ref activation);
        WinogradOutput t = default;
        (t.Activation, t.Low, t.High) = (activation.Activation, activation.Low, activation.High);
        t.PointStride = _plan.MPoint;
        float* added = buffer + _plan.TileFloats;
        for (int b = 0; b < blocks; b++)
        {
            (int image, int row, int column) = Place(first);
            int lanes = Math.Min(16, _g.OutputChannels - (block + b) * 16);
            bool plain = _epilogue.InTile && (lanes == 16 || _epilogue.KeepsZero);
            t.Bias = biases + (block + b) * 16;
            t.Products = m + b * _plan.MBlock;
            for (int tile = 0; tile < tiles; tile++, t.Products += 16)
            {
                long offset = ((image * (long)_plan.Blocks + block + b) * _plan.Output.Pixels + (long)row * _g.OutputWidth + column) * 16;
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
                    if (!_epilogue.InTile) _epilogue.Apply(buffer, _plan.TileFloats);
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
