using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>The first convolution of many networks: few planar channels, a wide kernel, every second column. Even and odd columns are
/// convolved apart, each with stride 1 and half of the taps, by <see cref="RowWinograd"/>; kernel rows and channels are summed as
/// products.</summary>
/// <remarks>For each row of outputs and each point there is a small product [tiles × (kernel rows · channels · halves)] · [… × output
/// channels], of which seven make a row of outputs. Halves of channels lie side by side, eight numbers for each column, so that all are
/// transformed at once. Errors are about four times those of a direct sum.</remarks>
internal sealed unsafe class RowWinogradConv : IConvKernel, IShared
{
    private const int Numbers = RowWinogradPlan.Numbers;

    private readonly RowWinogradPlan _plan;
    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly TileSet _products;
    private readonly delegate*<float*, float*, long, int, void> _input;
    private readonly delegate*<WinogradOutput*, int, void> _output;

    public RowWinogradConv(RowWinogradPlan plan, WeightTensor weight, Epilogue epilogue, Isa isa)
    {
        (_plan, _g, _weight, _epilogue) = (plan, plan.Geometry, weight, epilogue);
        _products = new TileSet(isa, Numbers);
        _products.Expect(plan.TileBlocks, plan.Group, plan.TilePixels);
        _products.Expect(plan.TileBlocks, plan.Tiles % plan.Group, plan.TilePixels);
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512)
        {
            _input = &RowWinograd.Input<Lanes256, Vector256<float>>;
            _output = &RowWinograd.Output<Lanes512, Vector512<float>>;
        }
        else if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256)
        {
            _input = &RowWinograd.Input<Lanes256, Vector256<float>>;
            _output = &RowWinograd.Output<Lanes256, Vector256<float>>;
        }
        else if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128)
        {
            _input = &RowWinograd.Input<Lanes128, Vector128<float>>;
            _output = &RowWinograd.Output<Lanes128, Vector128<float>>;
        }
        else
        {
            _input = &RowWinograd.Input<Lanes1, float>;
            _output = &RowWinograd.Output<Lanes1, float>;
        }
    }

    public RowWinogradConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, Isa isa, int threads = 1)
        : this(RowWinogradPlan.Of(geometry, ConvWeights.Of(weight), isa, threads), weight, epilogue, isa)
    {
    }

    public long ScratchBytes => _plan.ScratchBytes;

    public static bool Serves(in ConvGeometry g, TensorLayout input, TensorLayout output) =>
        input == TensorLayout.Plain && output == TensorLayout.Blocked && g.InputChannels <= 4 && g.Groups == 1
        && g.Left >= 0 && g.KernelWidth is > 5 and <= 2 * RowWinograd.Taps && g.StrideX == 2 && g.DilationX == 1 && g.DilationY == 1;

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* biases = (float*)scratch;
        NativeMemory.Clear(biases, (nuint)_plan.BiasFloats * 4);
        if (bias != null) NativeMemory.Copy(bias, biases, (nuint)_g.OutputChannels * 4);
        float* weights = biases + _plan.BiasFloats;
        var call = new Call { X = x, Biases = biases, Residual = residual, Y = y, Weights = weights, Slots = weights + _plan.WeightFloats };
        if (_plan.Slots == 1) team = null;
        Do(team, &call, TransformWeights, _plan.Blocks);
        Do(team, &call, Rows, _plan.Shares);
    }

    private const int TransformWeights = 0, Rows = 1;

    private void Do(ThreadTeam? team, Call* call, int phase, int shares)
    {
        if (team is not null) team.Run(this, call, phase, shares);
        else
            for (int share = 0; share < shares; share++) Share(*call, phase, share, 0);
    }

    void IShared.Share(void* call, int phase, int share, int slot) => Share(*(Call*)call, phase, share, slot);

    private struct Call
    {
        public float* X, Biases, Residual, Y, Weights, Slots;
    }

    private void Share(in Call call, int phase, int share, int slot)
    {
        float* scratch = call.Slots + slot * _plan.SlotFloats;
        if (phase == TransformWeights) Weights(share, call.Weights, scratch);
        else Compute(call, share, scratch + _plan.DecodeFloats);
    }

    /// <summary>A band of rows of all images.</summary>
    private void Compute(in Call call, int share, float* window)
    {
        float* row = window + _plan.WindowFloats, products = row + _plan.RowFloats;
        int first = share * _plan.ShareRows, last = Math.Min(_g.OutputHeight, first + _plan.ShareRows);
        NativeMemory.Clear(row, (nuint)_plan.RowFloats * 4);
        long pixelsIn = (long)_g.InputHeight * _g.InputWidth, pixelsOut = (long)_g.OutputHeight * _g.OutputWidth;
        for (int n = 0; n < _g.Batch; n++)
            for (int top = first; top < last; top += _plan.BandRows)
            {
                int rows = Math.Min(_plan.BandRows, last - top);
                Fill(call.X + n * _g.InputChannels * pixelsIn, top * _g.StrideY - _g.Top, _g.RowsFor(rows), window, row);
                for (int r = 0; r < rows; r++)
                {
                    long at = n * _plan.Blocks * pixelsOut * 16 + (top + r) * _g.OutputWidth * 16L;
                    Row(call, call.Weights, window + r * _g.StrideY * _plan.Line, products, at, pixelsOut * 16);
                }
            }
    }

    /// <summary>A block of output channels of panels [point][block][kernel row, channel, half][16].</summary>
    private void Weights(int block, float* weights, float* decode)
    {
        int inputs = _g.InputChannels;
        float* panel = decode + _weight.Columns * 16;
        float** taps = stackalloc float*[RowWinograd.Taps];
        _weight.DecodePanel16(block * 16, 0, inputs, panel, decode);
        float* u = weights + block * _plan.Depth * 16L;
        for (int ky = 0; ky < _g.KernelHeight; ky++)
            for (int i = 0; i < inputs; i++)
                for (int half = 0; half < 2; half++, u += 16)
                {
                    for (int t = 0; t < RowWinograd.Taps; t++)
                    {
                        int kx = 2 * t + half;
                        taps[t] = kx < _g.KernelWidth ? panel + ((ky * _g.KernelWidth + kx) * inputs + i) * 16L : null;
                    }
                    RowWinograd.Weights(taps, u, _plan.PointWeights);
                }
    }

    /// <summary>Transforms the input of a band: [row][point][tile][8].</summary>
    private void Fill(float* image, int top, int rows, float* window, float* row)
    {
        for (int r = 0; r < rows; r++, window += _plan.Line)
        {
            int y = top + r;
            if (y < 0 || y >= _g.InputHeight)
            {
                NativeMemory.Clear(window, (nuint)_plan.Line * 4);
                continue;
            }
            for (int c = 0; c < _g.InputChannels; c++) Columns(image + ((long)c * _g.InputHeight + y) * _g.InputWidth, row + 2 * c);
            _input(row, window, _plan.Tiles * (long)Numbers, _plan.Tiles);
        }
    }

    /// <summary>Pairs of columns of one channel; what lies outside stays 0.</summary>
    [MethodImpl(Compile.Loop)]
    private void Columns(float* from, float* row)
    {
        int pairs = (_plan.Tiles + 1) * RowWinograd.Outputs, first = (_g.Left + 1) / 2, last = Math.Clamp((_g.InputWidth + _g.Left) / 2, first, pairs);
        if (_g.Left % 2 != 0) row[(first - 1) * Numbers + 1] = from[0];
        float* x = from + 2 * first - _g.Left;
        for (int i = first; i < last; i++, x += 2) Unsafe.WriteUnaligned(row + i * Numbers, Unsafe.ReadUnaligned<ulong>(x));
        if (last < pairs && 2 * last - _g.Left == _g.InputWidth - 1) row[last * Numbers] = from[_g.InputWidth - 1];
    }

    private void Row(in Call call, float* weights, float* window, float* products, long at, long yBlock)
    {
        float* temporary = products + RowWinograd.Points * _plan.PointProducts, zero = temporary;
        Tile tile = default;
        (tile.WBlock, tile.YBlock, tile.YStep) = (_plan.Depth * 16L, _plan.Group * 16L, 16);
        (tile.Outer, tile.Middle, tile.Inner, tile.XInner) = (1, 1, _g.KernelHeight, _plan.Line);
        tile.Steps = tile.LastSteps = 2 * _g.InputChannels;
        WinogradOutput output = default;
        Tile epilogue = default;
        if (_epilogue.InTile) _epilogue.Configure(ref epilogue);
        (output.PointStride, output.Activation, output.Low, output.High) = (_plan.PointProducts, epilogue.Activation, epilogue.Low, epilogue.High);
        for (int block = 0; block < _plan.Blocks; block += _plan.TileBlocks)
        {
            int blocks = Math.Min(_plan.TileBlocks, _plan.Blocks - block);
            for (int first = 0; first < _plan.Tiles; first += _plan.Group)
            {
                int tiles = Math.Min(_plan.Group, _plan.Tiles - first);
                NativeMemory.Clear(zero, 64 * 4);
                tile.Bias = zero;
                for (int point = 0; point < RowWinograd.Points; point++)
                {
                    tile.X = window + ((long)point * _plan.Tiles + first) * Numbers;
                    tile.W = weights + point * _plan.PointWeights + block * tile.WBlock;
                    tile.Y = products + point * _plan.PointProducts;
                    _products.Row(&tile, blocks, tiles, _plan.TilePixels, Numbers);
                }
                for (int b = 0; b < blocks; b++)
                {
                    output.Products = products + b * tile.YBlock;
                    output.Bias = call.Biases + (block + b) * 16;
                    long offset = at + (block + b) * yBlock + first * RowWinograd.Outputs * 16L;
                    int whole = Math.Min(tiles, _g.OutputWidth / RowWinograd.Outputs - first), rest = _g.OutputWidth % RowWinograd.Outputs;
                    output.Y = call.Y + offset;
                    output.Residual = call.Residual == null ? null : call.Residual + offset;
                    _output(&output, whole);
                    if (whole < tiles) Part(output, whole, rest, temporary);
                }
            }
            for (int b = 0; b < blocks; b++) Finish(call.Y + at + (block + b) * yBlock, block + b);
        }
    }

    /// <summary>The last tile of a row that ends inside it.</summary>
    private void Part(WinogradOutput output, int tile, int pixels, float* temporary)
    {
        float* y = output.Y + tile * RowWinograd.Outputs * 16;
        output.Products += tile * 16;
        output.Y = temporary;
        if (output.Residual != null)
        {
            NativeMemory.Copy(output.Residual + tile * RowWinograd.Outputs * 16, temporary + 64, (nuint)pixels * 64);
            output.Residual = temporary + 64;
        }
        _output(&output, 1);
        NativeMemory.Copy(temporary, y, (nuint)pixels * 64);
    }

    /// <summary>Other activations and pad lanes of a row.</summary>
    private void Finish(float* y, int block)
    {
        if (!_epilogue.InTile) _epilogue.Apply(y, _g.OutputWidth * 16L);
        int lanes = _g.OutputChannels - block * 16;
        if (lanes < 16 && !_epilogue.KeepsZero) BlockedCopy.ClearLanes(y, _g.OutputWidth, lanes);
    }
}
