using System;

namespace Lr2vq.Kernels;

/// <summary>Pointwise convolutions of many input channels, summed in slabs of some channels: the weights of a slab stay in the first-level
/// cache while all pixels pass by, and the sums wait in the output.</summary>
internal sealed unsafe partial class DirectConv
{
    /// <summary>Most input channels of a slab: enough for loads and stores of the sums not to be felt.</summary>
    private const int SlabInputs = 144;
    /// <summary>Most blocks of output channels of a tile: more, and a slab of weights leaves no room for the input.</summary>
    private const int SlabTileBlocks = 2;
    /// <summary>Fewest tiles that use a slab.</summary>
    private const int SlabTiles = 4;

    /// <summary>Into how many slabs input channels are cut, and how many blocks each has. From shapes alone, never from the number of threads:
    /// a residual is added after the first slab.</summary>
    private static (int Slabs, int Blocks) CutInputs(in ConvGeometry g, int tileBlocks, int tilePixels)
    {
        int blocks = (g.GroupInputs + 15) / 16;
        if (tileBlocks > SlabTileBlocks || (long)g.OutputHeight * g.OutputWidth < SlabTiles * tilePixels) return (1, blocks);
        int slabs = (blocks * 16 + SlabInputs - 1) / SlabInputs, each = (blocks + slabs - 1) / slabs;
        return ((blocks + each - 1) / each, each);
    }

    /// <param name="w">The decoded panel.</param>
    /// <param name="bias">Of the panel's first channel.</param>
    /// <param name="image">The output image.</param>
    /// <param name="residual">Null, or the image that is added.</param>
    private void Slabs(Tile* tile, float* w, in Part part, int panel, int blocks, float* source, float* bias, float* image, float* residual)
    {
        int channel = part.Group * _g.GroupOutputs + panel * 16, outer = tile->Outer, lastSteps = tile->LastSteps;
        long pixel = (long)part.Top * _out.Width + part.Left, first = ((channel >> 4) * _out.Pixels + pixel) * 16;
        TileActivation activation = tile->Activation;
        for (int b = 0; b < blocks; b += _tileBlocks)
        {
            tile->Bias = bias + b * 16;
            for (int from = 0; from < outer; from += _slabBlocks)
            {
                bool last = outer - from <= _slabBlocks;
                tile->Outer = Math.Min(_slabBlocks, outer - from);
                tile->LastSteps = last ? lastSteps : 16;
                tile->Activation = last ? activation : TileActivation.None;
                tile->Accumulate = from > 0;
                tile->W = w + b * _weightBlock + from * 256L;
                for (int r = 0; r < part.Rows; r++)
                {
                    long to = first + b * tile->YBlock + r * _out.Width * 16L;
                    tile->X = source + from * _xBlock + r * _g.StrideY * _xRow;
                    tile->Y = image + to;
                    // At once, because the residual may be the output, which holds the sums from now on.
                    tile->Residual = residual == null || from > 0 ? null : residual + to;
                    _tiles.Row(tile, Math.Min(_tileBlocks, blocks - b), part.Columns, _tilePixels, _pixelStep);
                }
            }
        }
        (tile->Outer, tile->LastSteps, tile->Activation, tile->Accumulate) = (outer, lastSteps, activation, false);
        for (int r = 0; r < part.Rows; r++, pixel += _out.Width)
            Finish(tile->YBlock, image + ((channel >> 4) * _out.Pixels + pixel) * 16, panel, blocks, channel, image, pixel, part.Columns);
    }
}
