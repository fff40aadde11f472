using System;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Depthwise convolution by register tiles.</summary>
internal sealed unsafe partial class DepthwiseConv
{
    private readonly delegate*<DepthwiseTile*, void>[] _tiles = new delegate*<DepthwiseTile*, void>[DepthwiseTiles.MostPixels + 1];

    private static delegate*<DepthwiseTile*, void> Find(Isa isa, int kernelWidth, int stride, int pixels)
    {
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) return DepthwiseTiles.Find<Lanes512, Vector512<float>>(kernelWidth, stride, pixels);
        if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) return DepthwiseTiles.Find<Lanes256, Vector256<float>>(kernelWidth, stride, pixels);
        if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) return DepthwiseTiles.Find<Lanes128, Vector128<float>>(kernelWidth, stride, pixels);
        return DepthwiseTiles.Find<Lanes1, float>(kernelWidth, stride, pixels);
    }

    private void Tiled(in Call call)
    {
        long inputRow = _g.InputWidth * 16L, outputRow = _g.OutputWidth * 16L;
        bool bounded = _epilogue.Activation == Activation.Clip && call.Residual == null;
        DepthwiseTile tile = default;
        tile.Bias = call.Bias;
        (tile.XRow, tile.XNext, tile.YNext) = (_g.DilationY * inputRow, _g.StrideY * inputRow, outputRow);
        (tile.Low, tile.High) = bounded ? (_epilogue.A, _epilogue.B) : (float.NegativeInfinity, float.PositiveInfinity);
        int narrow = _g.OutputWidth / _plan.TileCount, wider = _g.OutputWidth % _plan.TileCount;
        for (int row = call.FirstRow; row < call.LastRow; row += tile.Rows)
        {
            (int first, int last) = KernelRows(row);
            tile.Rows = 1;
            tile.KernelRows = last - first;
            // The residual may be the output's own memory: sums wait in a row of their own until it is added.
            if (call.Residual == null && tile.KernelRows == _g.KernelHeight)
                while (tile.Rows < _plan.TileRows && row + tile.Rows < call.LastRow && KernelRows(row + tile.Rows) == (0, _g.KernelHeight)) tile.Rows++;
            tile.W = call.Weights + first * _g.KernelWidth * 16;
            float* x = call.X + ((long)row * _g.StrideY - _g.Top + (long)first * _g.DilationY) * inputRow;
            float* output = call.Y + row * outputRow, y = call.Residual == null ? output : call.Row;
            for (int i = 0, at = 0; i < _plan.TileCount; i++)
            {
                int pixels = i < wider ? narrow + 1 : narrow, column = at * _g.StrideX - _g.Left;
                tile.X = x + column * 16L;
                tile.Y = y + at * 16L;
                tile.From = -column;
                tile.To = _g.InputWidth - column;
                _tiles[pixels](&tile);
                at += pixels;
            }
            if (call.Residual != null) Lanes.Map2(y, call.Residual + row * outputRow, output, outputRow, default(AddKernel));
        }
        if (!bounded) _epilogue.Apply(call.Y + call.FirstRow * outputRow, (call.LastRow - call.FirstRow) * outputRow);
    }

    /// <summary>Kernel rows of an output row that lie inside the image.</summary>
    private (int First, int Last) KernelRows(int row) => Pooling.Inside(row * _g.StrideY - _g.Top, _g.DilationY, _g.KernelHeight, _g.InputHeight);
}
