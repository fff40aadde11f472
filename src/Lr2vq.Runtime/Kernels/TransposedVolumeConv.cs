using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A transposed convolution over three axes: every plane of the input makes a plane for each tap along the depth, and they are added where they belong.</summary>
/// <remarks>Scratch: images of inputs, planes of products, a tile for each thread, then what the convolution of planes takes.</remarks>
internal sealed unsafe class TransposedVolumeConv : IVolumeConv
{
    private readonly DepthWindow _depth;
    private readonly PlanePacking _packing;
    private readonly Epilogue _epilogue;
    private readonly ITransposedConv _kernel;
    private readonly ITransposedConv? _last;
    private readonly long _planes, _pixels, _products, _inputs, _outputs, _tiles;
    private readonly int _together, _images, _channels;

    /// <param name="planes">The convolution of planes; images and channels of the volumes.</param>
    public TransposedVolumeConv(in ConvGeometry planes, DepthWindow depth, WeightTensor weight, Epilogue epilogue, Isa isa, int threads)
    {
        (_depth, _epilogue, _images, _channels) = (depth, epilogue, planes.Batch, planes.OutputChannels);
        ConvGeometry g = planes with { OutputChannels = checked(planes.OutputChannels * depth.Taps) };
        _planes = checked((long)planes.Batch * depth.Inputs);
        _pixels = (long)g.OutputHeight * g.OutputWidth;
        _packing = new PlanePacking(g.InputChannels, (long)g.InputHeight * g.InputWidth, new DepthWindow(depth.Inputs, depth.Inputs, 1, 1, 1, 0), TensorLayout.Blocked);
        _products = checked(g.OutputChannels * _pixels);
        _together = _planes == 0 ? 1 : DepthWindow.Together(_planes, _packing.ImageFloats + _products);
        _kernel = ITransposedConv.Choose(g with { Batch = _together }, weight, default, TensorLayout.Blocked, TensorLayout.Plain, isa, threads);
        if (_planes % _together is var rest and > 0) _last = ITransposedConv.Choose(g with { Batch = (int)rest }, weight, default, TensorLayout.Blocked, TensorLayout.Plain, isa, threads);
        (_inputs, _outputs, _tiles) = (CacheLines.Up(_together * _packing.ImageFloats), CacheLines.Up(_together * _products), threads * PlanePacking.TileFloats);
        ScratchBytes = checked(4 * (_inputs + _outputs + _tiles) + Math.Max(_kernel.ScratchBytes, _last?.ScratchBytes ?? 0));
    }

    public long ScratchBytes { get; }

    public void Run(float* x, float* bias, float* y, byte* scratch, ThreadTeam? team)
    {
        float* inputs = (float*)scratch, products = inputs + _inputs, tiles = products + _outputs;
        long volume = _depth.Outputs * _pixels;
        Ranges.Run(team, (long)_images * _channels, Ranges.LeastMoved(volume), new Volumes(this, bias, y, finishes: false));
        for (long first = 0; first < _planes; first += _together)
        {
            int count = (int)Math.Min(_together, _planes - first);
            _packing.Run(team, x, first, count, inputs, tiles);
            (count == _together ? _kernel : _last!).Run(inputs, null, products, (byte*)(tiles + _tiles), team);
            Ranges.Run(team, _channels, Ranges.LeastMoved(count * _depth.Taps * _pixels), new Channels(this, products, first, count, y));
        }
        if (_epilogue.Activation != Activation.None) Ranges.Run(team, (long)_images * _channels, Ranges.LeastMoved(volume), new Volumes(this, bias, y, finishes: true));
    }

    /// <summary>Channels of all images: the bias first, the activation last.</summary>
    private readonly struct Volumes(TransposedVolumeConv conv, float* bias, float* y, bool finishes) : IRange
    {
        public void Do(long begin, long end, int slot)
        {
            long floats = conv._depth.Outputs * conv._pixels;
            for (long unit = begin; unit < end; unit++)
                if (finishes) conv._epilogue.Apply(y + unit * floats, floats);
                else new Span<float>(y + unit * floats, checked((int)floats)).Fill(bias == null ? 0f : bias[unit % conv._channels]);
        }
    }

    /// <summary>Output channels: the planes of the inputs are added in their order.</summary>
    private readonly struct Channels(TransposedVolumeConv conv, float* products, long first, int count, float* y) : IRange
    {
        public void Do(long begin, long end, int slot)
        {
            DepthWindow depth = conv._depth;
            long pixels = conv._pixels;
            for (long channel = begin; channel < end; channel++)
                for (int i = 0; i < count; i++)
                {
                    long image = (first + i) / depth.Inputs, plane = (first + i) % depth.Inputs * depth.Stride - depth.Begin;
                    float* from = products + i * conv._products + channel * depth.Taps * pixels, volume = y + (image * conv._channels + channel) * depth.Outputs * pixels;
                    for (int tap = 0; tap < depth.Taps; tap++, plane += depth.Dilation, from += pixels)
                        if ((ulong)plane < (ulong)depth.Outputs) Lanes.Map2(volume + plane * pixels, from, volume + plane * pixels, pixels, default(AddKernel));
                }
        }
    }
}
