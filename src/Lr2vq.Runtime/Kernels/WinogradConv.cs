using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>3×3 convolution at stride 1 by Winograd's F(4×4, 3×3): 36 products of matrices instead of 144, over tiles of 4×4 outputs of the
/// whole batch, in blocks that stay in the second-level cache.</summary>
/// <remarks>Weights are decoded and transformed while running: panel by panel if there is one block of tiles, all first if there are several.
/// Errors grow with the input channels: within 2e-5 of the root mean square of the output at 512.</remarks>
internal sealed unsafe class WinogradConv : IConvKernel
{
    private const int Points = 36;
    private const long MostWeightFloats = 6 << 20;

    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly Isa _isa;
    private readonly TileSet _tiles;
    private readonly int _tilesDown, _tilesAcross, _count, _block, _inputBlocks, _outputBlocks, _panelBlocks, _tileBlocks, _tilePixels, _chunk, _chunks;
    private readonly bool _together;
    private readonly long _inputPoint, _sumPoint, _weightBlock, _weightPoint, _panelFloats, _decodeFloats;

    public WinogradConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, Isa isa)
    {
        (_g, _weight, _epilogue, _isa) = (geometry, weight, epilogue, isa);
        (_tilesDown, _tilesAcross) = ((_g.OutputHeight + 3) / 4, (_g.OutputWidth + 3) / 4);
        _count = _g.Batch * _tilesDown * _tilesAcross;
        (_inputBlocks, _outputBlocks) = ((_g.InputChannels + 15) / 16, (_g.OutputChannels + 15) / 16);
        // Blocks of tiles: what they transform to should stay in the second-level cache, yet each block streams all weights.
        int most = _count <= 28 ? 28 : (int)Math.Clamp(460_000L / (Points * _inputBlocks * 64L), 14, 28), blocks = (_count + most - 1) / most;
        _block = (_count + blocks - 1) / blocks;
        _together = blocks > 1;
        _tiles = new TileSet(isa, 16);
        (_tileBlocks, _tilePixels) = _tiles.Choose(_outputBlocks, _block, fewStreams: false);
        _panelBlocks = Math.Min(_outputBlocks, Math.Max(1, 4 / _tileBlocks) * _tileBlocks);
        _chunk = Math.Min(_inputBlocks, _inputBlocks >= 32 ? 2 : 4);
        _chunks = (_inputBlocks + _chunk - 1) / _chunk;
        // One vector more than a power of two everywhere, so that streams do not share cache sets.
        _inputPoint = (long)_inputBlocks * _block * 16 + 16;
        _sumPoint = (long)_panelBlocks * _block * 16 + 16;
        _weightBlock = _chunk * 256L + 16;
        _weightPoint = _panelBlocks * _weightBlock + 16;
        _panelFloats = Points * _weightPoint;
        _decodeFloats = _chunk * 9 * 256L + 16L * weight.Columns;
        ScratchBytes = checked(4 * ((_outputBlocks + 4) * 16L + (_together ? Panels : 1) * _panelFloats + Points * (_inputPoint + _sumPoint) + _decodeFloats + 2 * Points * 16L));
    }

    private long Panels => (long)((_outputBlocks + _panelBlocks - 1) / _panelBlocks) * _chunks;

    public long ScratchBytes { get; }

    /// <summary>True where this form is possible, and faster than the direct one.</summary>
    public static bool Serves(in ConvGeometry g, TensorLayout input, TensorLayout output)
    {
        if (g.KernelHeight != 3 || g.KernelWidth != 3 || g.StrideY != 1 || g.StrideX != 1 || g.DilationY != 1 || g.DilationX != 1) return false;
        if (g.Groups != 1 || g.InputChannels < 16 || g.OutputChannels < 16 || input != TensorLayout.Blocked || output != TensorLayout.Blocked) return false;
        if (Math.Min(g.OutputHeight, g.OutputWidth) < 7) return false;
        // All transformed weights have to fit the scratch memory of a session when they serve several blocks of tiles.
        long weights = Points * (long)g.InputChannels * g.OutputChannels, tiles = (long)g.Batch * ((g.OutputHeight + 3) / 4) * ((g.OutputWidth + 3) / 4);
        return weights <= MostWeightFloats || tiles <= 28;
    }

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch)
    {
        if (Vector512.IsHardwareAccelerated && _isa == Isa.Vector512) Run<Lanes512, Vector512<float>>(x, bias, residual, y, (float*)scratch);
        else if (Vector256.IsHardwareAccelerated && _isa == Isa.Vector256) Run<Lanes256, Vector256<float>>(x, bias, residual, y, (float*)scratch);
        else if (Vector128.IsHardwareAccelerated && _isa == Isa.Vector128) Run<Lanes128, Vector128<float>>(x, bias, residual, y, (float*)scratch);
        else Run<Lanes1, float>(x, bias, residual, y, (float*)scratch);
    }

    private void Run<L, V>(float* x, float* bias, float* residual, float* y, float* scratch) where L : struct, ILanes<V> where V : struct
    {
        long biasFloats = (_outputBlocks + 4) * 16L;
        float* biases = scratch, weights = biases + biasFloats, input = weights + (_together ? Panels : 1) * _panelFloats;
        float* sums = input + Points * _inputPoint, decode = sums + Points * _sumPoint, temporary = decode + _decodeFloats;
        NativeMemory.Clear(biases, (nuint)biasFloats * 4);
        if (bias != null) NativeMemory.Copy(bias, biases, (nuint)_g.OutputChannels * 4);
        if (_together)
        {
            float* panel = weights;
            for (int block = 0; block < _outputBlocks; block += _panelBlocks)
                for (int chunk = 0; chunk < _chunks; chunk++, panel += _panelFloats) Transform<L, V>(block, chunk, panel, decode, temporary);
        }
        Tile tile = default, end = default;
        (tile.WBlock, tile.YStep, tile.YBlock, tile.XOuter) = (_weightBlock, 16, _block * 16L, _block * 16L);
        (tile.Middle, tile.Inner, tile.Steps) = (1, 1, 16);
        if (_epilogue.InTile) _epilogue.Configure(ref end);
        for (int first = 0; first < _count; first += _block)
        {
            int count = Math.Min(_block, _count - first);
            Inputs<L, V>(x, first, count, input, temporary);
            float* panel = weights;
            for (int block = 0; block < _outputBlocks; block += _panelBlocks)
            {
                for (int chunk = 0; chunk < _chunks; chunk++)
                {
                    if (!_together) Transform<L, V>(block, chunk, panel, decode, temporary);
                    Multiply(&tile, block, chunk, count, panel, input, sums, biases + _outputBlocks * 16);
                    if (_together) panel += _panelFloats;
                }
                Outputs<L, V>(first, count, block, sums, biases, residual, y, end, temporary);
            }
        }
        if (!_epilogue.InTile) _epilogue.Apply(y, (long)_g.Batch * _outputBlocks * _g.OutputHeight * _g.OutputWidth * 16);
        if (_g.OutputChannels % 16 == 0 || _epilogue.KeepsZero) return;
        long pixels = (long)_g.OutputHeight * _g.OutputWidth;
        for (int n = 1; n <= _g.Batch; n++) BlockedCopy.ClearLanes(y + ((long)n * _outputBlocks - 1) * pixels * 16, pixels, _g.OutputChannels % 16);
    }

    private int ChunkInputs(int chunk) => Math.Min(_chunk * 16, _g.InputChannels - chunk * _chunk * 16);

    private void Transform<L, V>(int block, int chunk, float* panel, float* decode, float* temporary) where L : struct, ILanes<V> where V : struct
    {
        int inputs = ChunkInputs(chunk), count = Math.Min(_panelBlocks, _outputBlocks - block);
        for (int b = 0; b < count; b++)
        {
            _weight.DecodePanel16((block + b) * 16, chunk * _chunk * 16, inputs, decode, decode + _chunk * 9 * 256L);
            WinogradTransforms.Weights<L, V>(decode, inputs, panel + b * _weightBlock, _weightPoint, temporary);
        }
    }

    private void Multiply(Tile* tile, int block, int chunk, int count, float* panel, float* input, float* sums, float* zeros)
    {
        int inputs = ChunkInputs(chunk), blocks = Math.Min(_panelBlocks, _outputBlocks - block);
        tile->Outer = (inputs + 15) / 16;
        tile->LastSteps = inputs - (tile->Outer - 1) * 16;
        tile->Accumulate = chunk > 0;
        tile->Bias = zeros;     // the real one is added at the end
        for (int point = 0; point < Points; point++)
        {
            tile->X = input + point * _inputPoint + chunk * _chunk * tile->XOuter;
            for (int b = 0; b < blocks; b += _tileBlocks)
            {
                tile->W = panel + point * _weightPoint + b * _weightBlock;
                tile->Y = sums + point * _sumPoint + b * tile->YBlock;
                _tiles.Row(tile, Math.Min(_tileBlocks, blocks - b), count, _tilePixels, 16);
            }
        }
    }

    private (int Image, int Top, int Left) Place(int tile)
    {
        int inImage = tile % (_tilesDown * _tilesAcross);
        return (tile / (_tilesDown * _tilesAcross), inImage / _tilesAcross * 4, inImage % _tilesAcross * 4);
    }

    private void Inputs<L, V>(float* x, int first, int count, float* input, float* temporary) where L : struct, ILanes<V> where V : struct
    {
        float* patch = temporary + Points * 16;
        long row = _g.InputWidth * 16L, plane = _g.InputHeight * row;
        for (int block = 0; block < _inputBlocks; block++)
            for (int i = 0; i < count; i++)
            {
                (int image, int top, int left) = Place(first + i);
                (top, left) = (top - _g.Top, left - _g.Left);
                float* from = x + ((long)image * _inputBlocks + block) * plane;
                float* to = input + ((long)block * _block + i) * 16;
                if (top >= 0 && left >= 0 && top + 6 <= _g.InputHeight && left + 6 <= _g.InputWidth)
                    WinogradTransforms.Input<L, V>(from + top * row + left * 16L, row, to, _inputPoint, temporary);
                else
                {
                    Patch(from, top, left, patch);
                    WinogradTransforms.Input<L, V>(patch, 96, to, _inputPoint, temporary);
                }
            }
    }

    /// <summary>A tile that reaches beyond the image.</summary>
    private void Patch(float* plane, int top, int left, float* patch)
    {
        NativeMemory.Clear(patch, Points * 64);
        int firstRow = Math.Max(0, -top), lastRow = Math.Min(6, _g.InputHeight - top), firstColumn = Math.Max(0, -left), lastColumn = Math.Min(6, _g.InputWidth - left);
        if (lastColumn <= firstColumn) return;
        for (int r = firstRow; r < lastRow; r++)
            NativeMemory.Copy(plane + ((long)(top + r) * _g.InputWidth + left + firstColumn) * 16, patch + (r * 6 + firstColumn) * 16, (nuint)(lastColumn - firstColumn) * 64);
    }

    private void Outputs<L, V>(int first, int count, int block, float* sums, float* biases, float* residual, float* y, in Tile end, float* temporary)
        where L : struct, ILanes<V> where V : struct
    {
        int blocks = Math.Min(_panelBlocks, _outputBlocks - block);
        long row = _g.OutputWidth * 16L, plane = _g.OutputHeight * row;
        for (int b = 0; b < blocks; b++)
            for (int i = 0; i < count; i++)
            {
                (int image, int top, int left) = Place(first + i);
                long at = ((long)image * _outputBlocks + block + b) * plane + top * row + left * 16L;
                WinogradTransforms.Output<L, V>(sums + ((long)b * _block + i) * 16, _sumPoint, y + at, row, residual == null ? null : residual + at,
                    biases + (block + b) * 16, end, Math.Min(4, _g.OutputHeight - top), Math.Min(4, _g.OutputWidth - left), temporary);
            }
    }
}
