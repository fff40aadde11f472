using System;
using System.Runtime.CompilerServices;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A convolution to few channels whose kernel is wide: neighbouring outputs of a row are channels of a convolution with a longer stride, so that they fill the
/// vectors that the few channels would leave empty.</summary>
/// <remarks>Output q·F + j of channel o is lane o·F + j of pixel q; its kernel is the original one, moved by j strides. A vector takes Kw + (F − 1)·stride multiply-adds for each
/// row of the kernel, where F pixels took F·Kw.</remarks>
internal sealed unsafe class FoldedConv : IConvKernel
{
    private const int MostChannels = 8;

    /// <summary>Widest kernel, which bounds the weights that are decoded.</summary>
    private const int MostWidth = 2048;

    private const int BiasFloats = 16;

    private readonly ConvGeometry _g, _folded;
    private readonly int _fold;
    private readonly bool _inPlace;
    private readonly DirectConv _kernel;
    private readonly ImageLayout _out;
    private readonly long _foldedFloats;

    public FoldedConv(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa, int threads)
    {
        (_g, _folded, _fold) = (geometry, Fold(geometry), FoldOf(geometry));
        _out = new ImageLayout(output, geometry.OutputChannels, geometry.OutputHeight, geometry.OutputWidth);
        // Sixteen outputs of the only channel are as they lie in a plain tensor.
        _inPlace = output == TensorLayout.Plain && _fold == 16 && geometry.OutputWidth % 16 == 0;
        _kernel = new DirectConv(_folded, new FoldedWeight(weight, _folded, geometry.StrideX), epilogue, input, TensorLayout.Blocked, isa, threads);
        _foldedFloats = _inPlace ? 0 : (long)geometry.Batch * geometry.OutputHeight * _folded.OutputWidth * 16;
        ScratchBytes = checked(4 * (BiasFloats + 2 * _foldedFloats) + _kernel.ScratchBytes);
    }

    public long ScratchBytes { get; }

    /// <summary>True if it takes at most two thirds of the multiply-adds, which pays for the moving.</summary>
    public static bool Serves(in ConvGeometry g)
    {
        if (g.Groups != 1 || g.OutputChannels > MostChannels || g.DilationX != 1 || g.OutputWidth == 1) return false;
        long fold = FoldOf(g), width = g.KernelWidth + (fold - 1) * g.StrideX;
        return width <= MostWidth && 2 * fold * g.KernelWidth >= 3 * width;
    }

    /// <summary>The convolution that is computed.</summary>
    public static ConvGeometry Fold(in ConvGeometry g)
    {
        int fold = FoldOf(g);
        return g with
        {
            OutputChannels = g.OutputChannels * fold, OutputWidth = (g.OutputWidth + fold - 1) / fold,
            KernelWidth = g.KernelWidth + (fold - 1) * g.StrideX, StrideX = g.StrideX * fold,
        };
    }

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* biases = (float*)scratch, folded = biases + BiasFloats, added = folded + _foldedFloats;
        byte* rest = (byte*)(added + _foldedFloats);
        if (bias != null)
            for (int o = 0; o < _g.OutputChannels; o++) new Span<float>(biases + o * _fold, _fold).Fill(bias[o]);
        if (_inPlace)
        {
            folded = y;
            added = residual;
        }
        else if (residual != null) Move(team, residual, added, back: false);
        _kernel.Run(x, bias == null ? null : biases, residual == null ? null : added, folded, rest, team);
        if (!_inPlace) Move(team, y, folded, back: true);
    }

    private static int FoldOf(in ConvGeometry g) => 16 / g.OutputChannels;

    private void Move(ThreadTeam? team, float* tensor, float* folded, bool back) =>
        Ranges.Run(team, (long)_g.Batch * _g.OutputHeight, Ranges.LeastMoved(16L * _folded.OutputWidth), new Rows(this, tensor, folded, back));

    /// <summary>Rows of all images: from a tensor to folded pixels, or back.</summary>
    private readonly struct Rows(FoldedConv conv, float* tensor, float* folded, bool back) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            for (long row = first; row < last; row++)
            {
                (long image, long line) = (row / conv._g.OutputHeight, row % conv._g.OutputHeight);
                float* pixels = folded + row * conv._folded.OutputWidth * 16, to = tensor + image * conv._out.ImageFloats;
                if (conv._out.Layout == TensorLayout.Plain) Plain(to + line * conv._g.OutputWidth, pixels);
                else Blocked(to + line * conv._g.OutputWidth * 16, pixels);
            }
        }

        private void Plain(float* to, float* pixels)
        {
            int fold = conv._fold;
            for (int o = 0; o < conv._g.OutputChannels; o++, to += conv._out.Pixels, pixels += fold)
                for (int q = 0; q < conv._folded.OutputWidth; q++)
                {
                    int count = Math.Min(fold, conv._g.OutputWidth - q * fold);
                    Span<float> here = new(to + q * fold, count), there = new(pixels + q * 16, count);
                    if (back) there.CopyTo(here);
                    else here.CopyTo(there);
                }
        }

        [MethodImpl(Compile.Loop)]
        private void Blocked(float* to, float* pixels)
        {
            int fold = conv._fold, channels = conv._g.OutputChannels;
            for (int column = 0; column < conv._g.OutputWidth; column++, to += 16)
            {
                float* lanes = pixels + column / fold * 16 + column % fold;
                if (back)
                {
                    for (int o = 0; o < channels; o++) to[o] = lanes[o * fold];
                    for (int o = channels; o < 16; o++) to[o] = 0f;
                }
                else
                    for (int o = 0; o < channels; o++) lanes[o * fold] = to[o];
            }
        }
    }

    /// <summary>The kernels of all lanes, each a stride further than the one before.</summary>
    private sealed class FoldedWeight(WeightTensor weight, ConvGeometry folded, int stride)
        : WeightTensor("folded", WeightRole.Conv, ElementType.Float32, [folded.OutputChannels, folded.InputChannels, folded.KernelHeight, folded.KernelWidth], 1)
    {
        public override TensorFormat Format => weight.Format;

        public override void DecodeRows(int first, int count, float* destination, long pitch)
        {
            int fold = Rows / weight.Rows;
            for (int row = first; row < first + count; row++, destination += pitch)
                if (row > first && row % fold != 0)
                {
                    new Span<float>(destination, stride).Clear();
                    new Span<float>(destination - pitch, Columns - stride).CopyTo(new Span<float>(destination + stride, Columns - stride));
                }
                else Spread(row / fold, row % fold * stride, destination);
        }

        private void Spread(int channel, int at, float* destination)
        {
            int width = weight.KernelWidth, wide = KernelWidth;
            // From the end to the front, a row of the kernel after the other: none comes to lie where the next is.
            float* from = destination + Columns - weight.Columns;
            weight.DecodeRows(channel, 1, from, weight.Columns);
            for (int row = 0; row < Inputs * KernelHeight; row++, from += width, destination += wide)
            {
                new Span<float>(from, width).CopyTo(new Span<float>(destination + at, width));
                new Span<float>(destination, at).Clear();
                new Span<float>(destination + at + width, wide - at - width).Clear();
            }
        }
    }
}
