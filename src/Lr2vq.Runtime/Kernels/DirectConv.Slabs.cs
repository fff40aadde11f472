using System;

namespace Lr2vq.Kernels;

/// <summary>Pointwise convolutions of many input channels, summed in slabs of some channels: the weights of a slab stay in the first-level
/// cache while all pixels pass by, and the sums wait in the output.</summary>
internal sealed unsafe partial class DirectConv
{
    /// <param name="w">The decoded panel.</param>
    /// <param name="bias">Of the panel's first channel.</param>
    /// <param name="image">The output image.</param>
    /// <param name="residual">Null, or the image that is added.</param>
    private void Slabs(Tile* tile, float* w, in Part part, int panel, int blocks, float* source, float* bias, float* image, float* residual)
    {
        int channel = part.Group * _g.GroupOutputs + panel * 16, outer = tile->Outer, lastSteps = tile->LastSteps;
        long pixel = (long)part.Top * _out.Width + part.Left, first = ((channel >> 4) * _out.Pixels + pixel) * 16;
        TileActivation activation = tile->Activation;
        for (int b = 0; b < blocks; b += _plan.TileBlocks)
        {
            tile->Bias = bias + b * 16;
            for (int from = 0; from < outer; from += _plan.SlabBlocks)
            {
                bool last = outer - from <= _plan.SlabBlocks;
                tile->Outer = Math.Min(_plan.SlabBlocks, outer - from);
                tile->LastSteps = last ? lastSteps : 16;
                tile->Activation = last ? activation : TileActivation.None;
                tile->Accumulate = from > 0;
                tile->W = w + b * _plan.WeightBlock + from * 256L;
                for (int r = 0; r < part.Rows; r++)
                {
                    long to = first + b * tile->YBlock + r * _out.Width * 16L;
                    tile->X = source + from * _plan.XBlock + r * _g.StrideY * _plan.XRow;
                    tile->Y = image + to;
                    // At once, because the residual may be the output, which holds the sums from now on.
                    tile->Residual = residual == null || from > 0 ? null : residual + to;
                    _tiles.Row(tile, Math.Min(_plan.TileBlocks, blocks - b), part.Columns, _plan.TilePixels, _plan.PixelStep);
                }
            }
        }
        (tile->Outer, tile->LastSteps, tile->Activation, tile->Accumulate) = (outer, lastSteps, activation, false);
        for (int r = 0; r < part.Rows; r++, pixel += _out.Width)
            Finish(tile->YBlock, image + ((channel >> 4) * _out.Pixels + pixel) * 16, panel, blocks, channel, image, pixel, part.Columns);
    }
}
