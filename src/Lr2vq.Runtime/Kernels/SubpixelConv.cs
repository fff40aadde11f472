using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A transposed convolution whose kernel is its stride, with few output channels: every input pixel makes a patch of the output of its own.
/// So a pointwise convolution makes all channels of all pixels of a patch as lanes of one block, and then they are spread (Shi et al. 2016,
/// arXiv 1609.05158, sub-pixel convolution). <see cref="TransposedConv"/> would spend 16 lanes on each channel.</summary>
internal sealed unsafe class SubpixelConv : ITransposedConv
{
    /// <summary>Multiply-adds of vectors that are worth a share.</summary>
    private const long LeastShare = 1 << 13;

    private readonly ConvGeometry _g;
    private readonly WeightTensor _weight;
    private readonly Epilogue _epilogue;
    private readonly TileSet _tiles;
    private readonly int _lanes, _blocks, _tileBlocks, _tilePixels;
    private readonly long _weightBlock, _panelFloats, _stripFloats, _least;

    public SubpixelConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, Isa isa, int threads)
    {
        ConvGeometry g = geometry;
        (_g, _weight, _epilogue) = (g, weight, epilogue);
        _lanes = g.Taps * g.OutputChannels;
        _blocks = (_lanes + 15) / 16;
        _tiles = new TileSet(isa, 16);
        (_tileBlocks, _tilePixels) = _tiles.Shapes.Choose(_blocks, g.InputWidth, fewStreams: false);
        _weightBlock = g.InputChannels * 16L;
        _panelFloats = weight.Columns * 16L;
        // A row of input pixels: as the tiles write it, and lane by lane.
        _stripFloats = 2L * _blocks * 16 * ((g.InputWidth + 15) & ~15);
        _least = Math.Max(1, LeastShare / (g.InputWidth * (long)_blocks * g.InputChannels));
        ScratchBytes = checked(4 * (_blocks * (_weightBlock + 16) + 2 * _panelFloats + threads * _stripFloats));
    }

    public long ScratchBytes { get; }

    /// <summary>True if <see cref="Run"/> does it.</summary>
    public static bool Serves(in ConvGeometry g, TensorLayout input, TensorLayout output) =>
        input == TensorLayout.Blocked && output == TensorLayout.Plain && g.Groups == 1 && g.OutputChannels < 16 && g.Top == 0 && g.Left == 0
        && g is { DilationY: 1, DilationX: 1 } && g.KernelHeight == g.StrideY && g.KernelWidth == g.StrideX
        && g.OutputHeight == g.InputHeight * g.StrideY && g.OutputWidth == g.InputWidth * g.StrideX;

    public void Run(float* x, float* bias, float* y, byte* scratch, ThreadTeam? team)
    {
        float* biases = (float*)scratch, weights = biases + _blocks * 16L, panel = weights + _blocks * _weightBlock, strips = panel + 2 * _panelFloats;
        Decode(bias, biases, weights, panel);
        Ranges.Run(team, (long)_g.Batch * _g.InputHeight, _least, new Rows(this, x, biases, weights, y, strips));
    }

    /// <summary>The panel of the output channels becomes one of lanes (pixel of the patch, output channel).</summary>
    private void Decode(float* bias, float* biases, float* weights, float* panel)
    {
        int outputs = _g.OutputChannels, taps = _g.Taps;
        NativeMemory.Clear(biases, (nuint)(_blocks * (16 + _weightBlock)) * sizeof(float));
        _weight.DecodePanel16(0, 0, _g.InputChannels, panel, panel + _panelFloats);
        for (int lane = 0; lane < _lanes; lane++)
        {
            int tap = lane / outputs, output = lane % outputs;
            if (bias != null) biases[lane] = bias[output];
            float* to = weights + lane / 16 * _weightBlock + lane % 16;
            for (int block = 0; block < _g.InputChannels; block += 16)
            {
                int inputs = Math.Min(16, _g.InputChannels - block);
                float* from = panel + ((long)block * taps + tap * inputs) * 16 + output;
                for (int i = 0; i < inputs; i++, to += 16) *to = from[16 * i];
            }
        }
    }

    private void Row(float* x, float* biases, float* weights, float* y, float* strip)
    {
        int width = _g.InputWidth;
        Tile tile = default;
        tile.X = x;
        (tile.YStep, tile.YBlock) = (16, 16L * width);
        (tile.Outer, tile.Middle, tile.Inner) = ((_g.InputChannels + 15) / 16, 1, 1);
        tile.Steps = 16;
        tile.LastSteps = _g.InputChannels - (tile.Outer - 1) * 16;
        tile.XOuter = 16L * _g.InputHeight * width;
        tile.WBlock = _weightBlock;
        for (int block = 0; block < _blocks; block += _tileBlocks)
        {
            tile.W = weights + block * _weightBlock;
            tile.Bias = biases + block * 16;
            tile.Y = strip + block * 16L * width;
            _tiles.Row(&tile, Math.Min(_tileBlocks, _blocks - block), width, _tilePixels, 16);
        }
        float* planes = strip + _stripFloats / 2;
        for (int block = 0; block < _blocks; block++)
            Transpose16.FromLanes(strip + block * 16L * width, width, Math.Min(16, _lanes - block * 16), planes + block * 16L * width, width);
        for (int output = 0; output < _g.OutputChannels; output++)
            for (int dy = 0; dy < _g.StrideY; dy++)
            {
                float* to = y + ((long)output * _g.OutputHeight + dy) * _g.OutputWidth;
                Spread(planes + ((long)dy * _g.StrideX * _g.OutputChannels + output) * width, (long)_g.OutputChannels * width, width, to);
                _epilogue.Apply(to, _g.OutputWidth);
            }
    }

    /// <summary>Rows of the pixels of a patch take turns.</summary>
    [MethodImpl(Compile.Loop)]
    private void Spread(float* planes, long stride, int width, float* to)
    {
        int step = _g.StrideX;
        if (step == 2)
        {
            float* second = planes + stride;
            for (int i = 0; i < width; i++)
            {
                to[2 * i] = planes[i];
                to[2 * i + 1] = second[i];
            }
            return;
        }
        for (int dx = 0; dx < step; dx++, planes += stride)
            for (int i = 0; i < width; i++) to[i * step + dx] = planes[i];
    }

    /// <summary>Rows of input pixels of all images.</summary>
    private readonly struct Rows(SubpixelConv conv, float* x, float* biases, float* weights, float* y, float* strips) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            ConvGeometry g = conv._g;
            float* strip = strips + slot * conv._stripFloats;
            for (long row = first; row < last; row++)
            {
                long image = row / g.InputHeight, line = row % g.InputHeight;
                conv.Row(x + (image * ((g.InputChannels + 15) / 16) * g.InputHeight + line) * g.InputWidth * 16, biases, weights,
                    y + (image * g.OutputChannels * g.OutputHeight + line * g.StrideY) * g.OutputWidth, strip);
            }
        }
    }
}
