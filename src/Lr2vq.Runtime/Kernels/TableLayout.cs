using System;

namespace Lr2vq.Kernels;

/// <summary>How pixels lie in a row of a table, in floats.</summary>
internal readonly record struct TableLayout
{
    /// <summary>Pixels of a block of a pointwise convolution.</summary>
    public const int BlockPixels = 48;

    /// <summary>One kernel position on whole images: blocks of neighbouring pixels instead of planes.</summary>
    public readonly bool Pointwise;
    /// <summary>Seven rows of eight lanes, see <see cref="TableSeven"/>.</summary>
    public readonly bool Seven;
    /// <summary>Planes: every StrideX-th column of every StrideY-th row.</summary>
    public readonly int Strides;
    /// <summary>From a row of pixels to the next.</summary>
    public readonly int Pitch;
    /// <summary>Zeros in front of a plane, its pixels with zeros beside them, and its length with all zeros.</summary>
    public readonly int Lead, PlaneLanes, Plane;
    /// <summary>Pixels of all planes; the length of a row of a table.</summary>
    public readonly int Lanes, Row;
    /// <summary>Lanes that hold all output pixels.</summary>
    public readonly int OutputLanes;
    /// <summary>What the last row reads beyond its end.</summary>
    public readonly int Beyond;
    /// <summary>Zeros that the first row reads in front of its beginning.</summary>
    public readonly int Before;

    public TableLayout(in ConvGeometry g, Isa isa)
    {
        Pointwise = g.Taps == 1 && g.Top == 0 && g.Left == 0 && g.StaysInside;
        if (Pointwise)
        {
            (Strides, Pitch, Row) = (1, 0, BlockPixels);
            (PlaneLanes, Plane, Lanes, OutputLanes) = (Row, Row, Row, Row);
            return;
        }
        Strides = g.StrideX * g.StrideY;
        int rows = (g.InputHeight + g.StrideY - 1) / g.StrideY, columns = (g.InputWidth + g.StrideX - 1) / g.StrideX;
        int up = -Math.Min(0, Floor(-g.Top, g.StrideY)), left = -Math.Min(0, Floor(-g.Left, g.StrideX));
        int down = Math.Max(0, Floor((g.KernelHeight - 1) * g.DilationY - g.Top, g.StrideY)), right = Math.Max(0, Floor((g.KernelWidth - 1) * g.DilationX - g.Left, g.StrideX));
        Pitch = Math.Max(columns + left, g.OutputWidth + right);
        Seven = TableSeven.Serves(g, isa);
        if (Seven)
        {
            (Before, Plane, PlaneLanes, OutputLanes) = (16, TableSeven.PlaneLanes, TableSeven.PlaneLanes, TableSeven.PlaneLanes);
            (Lanes, Row) = (Strides * PlaneLanes, Odd(Strides * Plane));
            return;
        }
        Lead = CacheLines.Up(up * Pitch + left);
        PlaneLanes = CacheLines.Up(rows * Pitch);
        // The zeros in front of the next plane follow.
        int last = (g.OutputHeight - 1 + down) * Pitch + g.OutputWidth - 1 + right;
        Plane = Lead + PlaneLanes + CacheLines.Up(Math.Max(0, last + 1 - PlaneLanes - Lead));
        (Lanes, Row) = (Strides * PlaneLanes, Odd(Strides * Plane));
        OutputLanes = CacheLines.Up((g.OutputHeight - 1) * Pitch + g.OutputWidth);
        Beyond = Lead + CacheLines.Up(Math.Max(0, down * Pitch + right + OutputLanes - PlaneLanes));
    }

    /// <summary>Where in a row the first output pixel finds what a kernel position multiplies.</summary>
    public int OffsetOf(in ConvGeometry g, int tap)
    {
        if (Pointwise) return 0;
        int y = tap / g.KernelWidth * g.DilationY - g.Top, x = tap % g.KernelWidth * g.DilationX - g.Left;
        int row = Floor(y, g.StrideY), column = Floor(x, g.StrideX), plane = (y - row * g.StrideY) * g.StrideX + x - column * g.StrideX;
        return plane * Plane + Lead + row * Pitch + column;
    }

    private static int Floor(int a, int b) => a >= 0 ? a / b : -((b - 1 - a) / b);

    /// <summary>An odd number of cache lines: rows at distances of powers of two get in each other's way.</summary>
    private static int Odd(int floats) => floats | 16;
}
