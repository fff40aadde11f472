using System;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Convolution with a low-rank weight: every group of m channels of a blocked input is projected to d numbers first, then a
/// narrower convolution follows.</summary>
/// <remarks>Sixteen projected channels depend on 16·m/d input channels, always by the same matrix: a pointwise tile computes them where
/// <see cref="Projection"/> does not.</remarks>
internal sealed unsafe class ProjectedConv : IConvKernel, IShared
{
    /// <summary>Multiply-adds of vectors that are worth a share.</summary>
    private const long LeastShare = 1 << 12;
    /// <summary>Pixels of a map that kernels divide by rows; they divide smaller ones by channels.</summary>
    private const long LargeMap = 1024;
    /// <summary>Bands of a large map for each thread.</summary>
    private const int BandsOfThread = 4;

    private readonly ConvGeometry _g;
    private readonly ProjectedWeight _weight;
    private readonly IConvKernel _narrow;
    private readonly TileSet _tiles;
    private readonly int _inputBlocks, _blocks, _span, _step, _height, _width, _bands, _bandPixels;
    private readonly long _matrixFloats, _vectorFloats, _projectedFloats;

    /// <param name="method">How the narrower convolution is computed.</param>
    public ProjectedConv(ConvMethod method, in ConvGeometry geometry, ProjectedWeight weight, Epilogue epilogue, TensorLayout output, Isa isa, int threads = 1)
    {
        (_g, _weight) = (geometry, weight);
        ConvGeometry narrow = Narrow(geometry, weight);
        (_height, _width, _step) = (narrow.InputHeight, narrow.InputWidth, Skips(geometry) ? 2 : 1);
        _narrow = ConvKernels.Make(new ConvForm(method), narrow, weight.Narrow, epilogue, TensorLayout.Blocked, output, isa, threads);
        _tiles = new TileSet(isa, 16 * _step);
        _inputBlocks = (geometry.InputChannels + 15) / 16;
        _blocks = (weight.Narrow.Inputs + 15) / 16;
        _span = weight.M / weight.D;
        // Shares: a block of an image, or a band of its pixels (rows, if pixels between are skipped): what a thread projects it uses itself, mostly.
        int lines = _step == 1 ? checked(_height * _width) : _height;
        long pixels = (long)_height * _width, each = Steps(weight) * pixels;
        int bands = pixels >= LargeMap ? BandsOfThread * threads : (threads + _blocks - 1) / _blocks;
        _bands = threads == 1 ? 1 : (int)Math.Clamp(each / LeastShare, 1, Math.Min(bands, Math.Max(1, lines)));
        _bandPixels = (lines + _bands - 1) / _bands;
        _vectorFloats = Avx512F.IsSupported && isa == Isa.Vector512 && Projection.Serves(weight) ? weight.M * 16L : 0;
        // Where vectors serve all blocks there is nothing left for tiles.
        _matrixFloats = _vectorFloats > 0 && _inputBlocks % _span == 0 ? 0 : _span * 256L;
        _projectedFloats = (long)geometry.Batch * _blocks * _height * _width * 16;
        ScratchBytes = checked(4 * (_matrixFloats + _vectorFloats + 16 + _projectedFloats) + _narrow.ScratchBytes);
    }

    public long ScratchBytes { get; }

    /// <summary>True if sixteen projected channels come from whole blocks of input channels.</summary>
    public static bool Serves(ProjectedWeight weight) => !weight.Spatial && 16 % weight.D == 0 && weight.M % weight.D == 0;

    /// <summary>The convolution that follows the projection.</summary>
    public static ConvGeometry Narrow(in ConvGeometry geometry, ProjectedWeight weight)
    {
        ConvGeometry narrow = geometry with { InputChannels = weight.Narrow.Inputs };
        return Skips(geometry)
            ? narrow with { InputHeight = geometry.OutputHeight, InputWidth = geometry.OutputWidth, StrideX = 1, StrideY = 1 }
            : narrow;
    }

    /// <summary>Multiply-adds for a vector of projected channels.</summary>
    public static int Steps(ProjectedWeight weight) => 16 * weight.M / weight.D;

    /// <summary>Pixels that a strided pointwise convolution skips need no projection.</summary>
    private static bool Skips(in ConvGeometry g) => g.Taps == 1 && g.StrideX == 2 && g.Top == 0 && g.Left == 0 && g.StaysInside;

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* matrix = (float*)scratch, vectors = matrix + _matrixFloats, zero = vectors + _vectorFloats, projected = zero + 16;
        if (_matrixFloats > 0) Matrix(matrix);
        if (_vectorFloats > 0) Projection.Spread(_weight, vectors);
        new Span<float>(zero, 16).Clear();
        var call = new Call { X = x, Matrix = matrix, Vectors = vectors, Zero = zero, Projected = projected };
        int shares = _g.Batch * _blocks * _bands;
        if (team is not null && (long)shares * _bandPixels * (_step == 1 ? 1 : _width) * Steps(_weight) >= 2 * LeastShare) team.Run(this, &call, 0, shares);
        else
            for (int share = 0; share < shares; share++) Project(call, share);
        _narrow.Run(projected, bias, residual, y, (byte*)(projected + _projectedFloats), team);
    }

    void IShared.Share(void* call, int phase, int share, int slot) => Project(*(Call*)call, share);

    private struct Call
    {
        public float* X, Matrix, Vectors, Zero, Projected;
    }

    /// <summary>A band of pixels of sixteen projected channels.</summary>
    private void Project(in Call call, int share)
    {
        int image = Math.DivRem(Math.DivRem(share, _blocks, out int block), _bands, out int band), line = band * _bandPixels;
        long pixelsIn = (long)_g.InputHeight * _g.InputWidth, pixels = (long)_height * _width;
        Tile tile = default;
        tile.Bias = call.Zero;
        tile.W = call.Matrix;
        (tile.YStep, tile.XOuter) = (16, pixelsIn * 16);
        (tile.Outer, tile.Middle, tile.Inner, tile.Steps, tile.LastSteps) = (Math.Min(_span, _inputBlocks - block * _span), 1, 1, 16, 16);
        float* from = call.X + ((long)image * _inputBlocks + block * _span) * pixelsIn * 16, to = call.Projected + ((long)image * _blocks + block) * pixels * 16;
        int most = _tiles.Shapes.MostPixels(1);
        if (_step == 1)
        {
            tile.X = from + line * 16L;
            tile.Y = to + line * 16L;
            int count = (int)Math.Min(_bandPixels, pixels - line);
            if (count > 0) Line(&tile, call, pixelsIn, count, most);
            return;
        }
        for (int last = Math.Min(_height, line + _bandPixels); line < last; line++)
        {
            tile.X = from + (long)line * _g.StrideY * _g.InputWidth * 16;
            tile.Y = to + (long)line * _width * 16;
            Line(&tile, call, pixelsIn, _width, most);
        }
    }

    private void Line(Tile* tile, in Call call, long pixelsIn, int count, int most)
    {
        if (_vectorFloats > 0 && tile->Outer == _span) Projection.Run(_weight.M, tile->X, pixelsIn * 16, 16 * _step, call.Vectors, tile->Y, count);
        else _tiles.Row(tile, 1, count, most, 16 * _step);
    }

    /// <summary>Block-diagonal: [input channel][projected channel].</summary>
    private void Matrix(float* matrix)
    {
        new Span<float>(matrix, (int)_matrixFloats).Clear();
        for (int lane = 0; lane < 16; lane++)
            for (int t = 0; t < _weight.M; t++)
                matrix[(lane / _weight.D * _weight.M + t) * 16 + lane] = _weight.Basis[lane % _weight.D * _weight.M + t];
    }
}
