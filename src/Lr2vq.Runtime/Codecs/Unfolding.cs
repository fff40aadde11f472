using System;

namespace Lr2vq.Codecs;

/// <summary>How a kernel is written as a matrix. The numbers are written to files.</summary>
internal enum Unfolding
{
    /// <summary>[O, I·Kh·Kw]: a convolution of fewer outputs, then a pointwise one.</summary>
    Rows = 0,
    /// <summary>[O·Kw, I·Kh]: a convolution over the height, then one over the width.</summary>
    Axes = 1,
}

internal static class UnfoldingExtensions
{
    /// <summary>Rows and columns of the matrix.</summary>
    public static (int Rows, int Columns) SidesOf(this Unfolding unfolding, CanonicalShape shape) => unfolding == Unfolding.Rows
        ? (shape.Rows, checked(shape.Inputs * shape.KernelHeight * shape.KernelWidth))
        : (checked(shape.Rows * shape.KernelWidth), checked(shape.Inputs * shape.KernelHeight));

    /// <summary>From canonical order to the matrix.</summary>
    public static void Unfold(this Unfolding unfolding, ReadOnlySpan<float> canonical, CanonicalShape shape, Span<float> matrix)
    {
        if (unfolding == Unfolding.Rows)
        {
            canonical.CopyTo(matrix);
            return;
        }
        (int rows, int columns) = unfolding.SidesOf(shape);
        int width = shape.KernelWidth;
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                matrix[row * columns + column] = canonical[(row / width * columns + column) * width + row % width];
    }
}
