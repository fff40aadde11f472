using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lr2vq.Kernels;

/// <summary>How a convolution copies the input that it cannot read in place.</summary>
internal sealed unsafe partial class DirectConv
{
    private void Fill(float* x, in Part part, int i, float* window)
    {
        float* image = x + (part.Image + i) * _in.ImageFloats;
        int row = part.Top * _g.StrideY - _g.Top, rows = _g.RowsFor(part.Rows), column = part.Left * _g.StrideX - _g.Left;
        int columns = (part.Columns - 1) * _g.StrideX + (_g.KernelWidth - 1) * _g.DilationX + 1;
        int channel = part.Group * _g.GroupInputs;
        if (_plan.Source == DirectSource.Window)
            BlockedCopy.Read(image, _in, channel, _g.GroupInputs, row, rows, column, columns, window, _plan.XRow, _plan.XBlock);
        else if (_plan.Source == DirectSource.Picked)
            Pick(image, channel / 16, part, window);
        else if (_plan.Source == DirectSource.Columns)
            FillColumns(image, channel, row, rows, column, columns, part.Columns, window, window + (_plan.Images - i) * _plan.WindowFloats);
        else
            FillPlanar(image, row, rows, column, columns, part.Columns, window);
    }

    private void Pick(float* image, int block, in Part part, float* window)
    {
        for (int b = 0; b < (_g.GroupInputs + 15) / 16; b++)
        {
            float* from = image + (block + b) * _in.Pixels * 16, to = window + b * _plan.XBlock;
            int row = Math.DivRem(part.Left, _plan.LineWidth, out int column);
            for (int left = part.Columns; left > 0; row++, column = 0)
            {
                int count = Math.Min(left, _plan.LineWidth - column);
                BlockedCopy.Pick(from + ((long)row * _plan.LineStrideY * _in.Width + (long)column * _plan.LineStrideX) * 16, _plan.LineStrideX * 16L, to, count);
                to += count * 16L;
                left -= count;
            }
        }
    }

    private void FillColumns(float* image, int channel, int row, int rows, int column, int columns, int width, float* window, float* line)
    {
        for (int c = 0; c < _g.GroupInputs; c += 16)
            for (int r = 0; r < rows; r++)
            {
                float* to = window + (c >> 4) * _plan.XBlock + r * _plan.XRow;
                BlockedCopy.Read(image, _in, channel + c, Math.Min(16, _g.GroupInputs - c), row + r, 1, column, columns, line, 0, 0);
                for (int kx = 0; kx < _g.KernelWidth; kx++)
                    BlockedCopy.Pick(line + kx * _g.DilationX * 16L, _g.StrideX * 16L, to + (long)kx * _plan.WindowColumns * 16, width);
            }
    }

    private void FillPlanar(float* image, int row, int rows, int column, int columns, int width, float* window)
    {
        for (int c = 0; c < _g.InputChannels; c++)
            for (int r = 0; r < rows; r++)
            {
                float* to = window + c * _plan.XBlock + r * _plan.XRow;
                int y = row + r;
                if (y < 0 || y >= _in.Height)
                {
                    NativeMemory.Clear(to, (nuint)_plan.XRow * 4);
                    continue;
                }
                float* from = image + c * _in.Pixels + (long)y * _in.Width;
                if (_g.StrideX <= 2)
                {
                    Segment(from, column, columns, to);
                    continue;
                }
                for (int kx = 0; kx < _g.KernelWidth; kx++, to += _plan.WindowColumns) Strided(from, column + kx * _g.DilationX, width, to);
            }
    }

    /// <summary>Every stride-th number from <paramref name="column"/> on; 0 beside the row.</summary>
    [MethodImpl(Compile.Loop)]
    private void Strided(float* from, int column, int count, float* to)
    {
        int stride = _g.StrideX, first = Math.Clamp((stride - 1 - column) / stride, 0, count), last = Math.Clamp((_in.Width - column + stride - 1) / stride, first, count);
        new Span<float>(to, first).Clear();
        from += column + (long)first * stride;
        for (int p = first; p < last; p++, from += stride) to[p] = *from;
        new Span<float>(to + last, count - last).Clear();
    }

    private void Segment(float* from, int column, int columns, float* to)
    {
        int first = Math.Clamp(-column, 0, columns), last = Math.Clamp(_in.Width - column, first, columns);
        new Span<float>(to, first).Clear();
        new Span<float>(from + column + first, last - first).CopyTo(new Span<float>(to + first, last - first));
        new Span<float>(to + last, columns - last).Clear();
    }
}
