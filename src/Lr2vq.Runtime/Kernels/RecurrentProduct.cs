using System;
using Lr2vq.Codecs;

namespace Lr2vq.Kernels;

/// <summary>The product that each time step repeats: y += x · Wᵀ for a few rows. One row is multiplied with the codes directly where the format
/// can do that and the sequence is short, or the weight larger than the second-level cache; otherwise the weight becomes panels once for a whole sequence.</summary>
internal sealed unsafe class RecurrentProduct
{
    /// <summary>Steps from which panels are worth decoding, and bytes up to which they stay near.</summary>
    private const int LongSequence = 3, NearBytes = 512 << 10;

    private readonly WeightTensor _weight;
    private readonly int _rows, _inputs, _blocks, _tileBlocks, _tilePixels;
    private readonly TileSet _tiles;
    private readonly Isa _isa;
    private readonly bool _inPlace, _fromCodes;
    private readonly long _panel, _leftFloats;

    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="rows">Sequences side by side.</param>
    /// <param name="steps">Their length.</param>
    public RecurrentProduct(WeightTensor weight, int rows, int steps, Isa isa)
    {
        (_weight, _rows, _inputs, _isa) = (weight, rows, weight.Columns, isa);
        _blocks = (weight.Rows + 15) / 16;
        _tiles = new TileSet(isa, 16);
        (_tileBlocks, _tilePixels) = isa == Isa.Vector512 ? (2, 12) : _tiles.Shapes.Choose(Math.Max(1, _blocks), Math.Max(1, rows), fewStreams: false);
        Pitch = _blocks * 16;
        _panel = weight.PanelPitch;
        _inPlace = weight.PanelAt(0, 0) != null;
        _fromCodes = rows == 1 && weight.HasProducts && (steps < LongSequence || 4 * _blocks * _panel > NearBytes);
        _leftFloats = (_inputs + 15L) / 16 * 16 * rows;
        ScratchBytes = checked(4 * (_leftFloats + 32L * _inputs + (_inPlace || _fromCodes ? 0 : _blocks * _panel)) + 63) & ~63L;
    }

    public long ScratchBytes { get; }

    /// <summary>Floats between rows of y: whole blocks.</summary>
    public int Pitch { get; }

    /// <param name="x">[rows, inputs].</param>
    /// <param name="y">[rows, <see cref="Pitch"/>]; what lies beyond the outputs is not kept.</param>
    /// <param name="scratch">The same in all steps of a sequence.</param>
    /// <param name="step">Steps of the sequence that are done.</param>
    public void Add(float* x, float* y, byte* scratch, int step)
    {
        if (_inputs == 0) return;
        float* left = (float*)scratch, decode = left + _leftFloats, panels = decode + 32L * _inputs;
        if (_fromCodes)
        {
            _weight.AddProducts(_weight.ForProducts(x, decode, _isa), y, 0, _weight.Rows, _isa);
            return;
        }
        if (_inPlace) panels = _weight.PanelAt(0, 0);
        else
            for (int block = 0; block < _blocks && step == 0; block++) _weight.DecodePanel16(block * 16, 0, _inputs, panels + block * _panel, decode);
        if (_rows == 1)
        {
            // To and fro: what a step reads last is still in the cache when the next begins.
            int pairs = (_blocks + 1) / 2;
            for (int i = 0; i < pairs; i++)
            {
                int block = 2 * (step % 2 == 0 ? i : pairs - 1 - i);
                DotProducts.AddPanels(x, panels + block * _panel, _panel, Math.Min(2, _blocks - block), _inputs, y + block * 16, _isa);
            }
            return;
        }
        MatrixPacking.Rows(x, _inputs, _rows, _inputs, 1f, left, _rows * 16L, _isa);
        Tile tile = default;
        (tile.Middle, tile.Inner, tile.Steps, tile.Outer) = (1, 1, 16, (_inputs + 15) / 16);
        (tile.XOuter, tile.WBlock, tile.YBlock, tile.YStep) = (_rows * 16L, _panel, 16, Pitch);
        tile.LastSteps = _inputs - (tile.Outer - 1) * 16;
        tile.X = left;
        tile.Accumulate = true;
        for (int block = 0; block < _blocks; block += _tileBlocks)
        {
            tile.W = panels + block * _panel;
            tile.Y = y + block * 16;
            int blocks = Math.Min(_tileBlocks, _blocks - block);
            _tiles.Row(&tile, blocks, _rows, Math.Min(_tilePixels, _tiles.Shapes.MostPixels(blocks)), 16);
        }
    }
}
