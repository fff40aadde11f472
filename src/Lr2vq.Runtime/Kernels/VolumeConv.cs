using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A convolution over three axes as one of planes: the planes that a plane of the output reads are the channels of an image, so every form of
/// <see cref="ConvKernels"/> and every format of weights serves.</summary>
/// <remarks>Scratch: images of inputs, of outputs, a tile for each thread, then what the convolution of planes takes.</remarks>
internal sealed unsafe class VolumeConv
{
    /// <summary>Channels up to which images lie plain, as pictures do.</summary>
    private const int WidestStem = 4;

    private readonly DepthWindow _depth;
    private readonly PlanePacking _packing;
    private readonly IConvKernel _kernel;
    private readonly IConvKernel? _last;
    private readonly long _planes, _pixels, _outputFloats, _inputs, _outputs, _tiles;
    private readonly int _together, _channels;

    /// <param name="planes">The convolution of planes; images and channels of the volumes.</param>
    public VolumeConv(in ConvGeometry planes, DepthWindow depth, WeightTensor weight, Epilogue epilogue, Isa isa, int threads)
    {
        (_depth, _channels) = (depth, planes.OutputChannels);
        ConvGeometry g = planes with { InputChannels = checked(planes.InputChannels * depth.Taps) };
        TensorLayout input = g is { Groups: 1, InputChannels: <= WidestStem } ? TensorLayout.Plain : TensorLayout.Blocked;
        _planes = checked((long)planes.Batch * depth.Outputs);
        _pixels = (long)g.OutputHeight * g.OutputWidth;
        _packing = new PlanePacking(planes.InputChannels, (long)g.InputHeight * g.InputWidth, depth, input);
        _outputFloats = (_channels + 15L) / 16 * 16 * _pixels;
        _together = DepthWindow.Together(_planes, _packing.ImageFloats + _outputFloats);
        _kernel = ConvKernels.Choose(g with { Batch = _together }, weight, epilogue, input, TensorLayout.Blocked, isa, threads);
        if (_planes % _together is var rest and > 0) _last = ConvKernels.Choose(g with { Batch = (int)rest }, weight, epilogue, input, TensorLayout.Blocked, isa, threads);
        (_inputs, _outputs, _tiles) = (CacheLines.Up(_together * _packing.ImageFloats), _together * _outputFloats, threads * PlanePacking.TileFloats);
        ScratchBytes = checked(4 * (_inputs + _outputs + _tiles) + Math.Max(_kernel.ScratchBytes, _last?.ScratchBytes ?? 0));
    }

    public long ScratchBytes { get; }

    /// <param name="bias">Null, or one number for each output channel.</param>
    public void Run(float* x, float* bias, float* y, byte* scratch, ThreadTeam? team)
    {
        float* inputs = (float*)scratch, outputs = inputs + _inputs, tiles = outputs + _outputs;
        for (long first = 0; first < _planes; first += _together)
        {
            int count = (int)Math.Min(_together, _planes - first);
            _packing.Run(team, x, first, count, inputs, tiles);
            (count == _together ? _kernel : _last!).Run(inputs, bias, null, outputs, (byte*)(tiles + _tiles), team);
            Ranges.Run(team, (long)count * Blocks, Ranges.LeastMoved(16 * _pixels), new BlockRange(this, outputs, first, y));
        }
    }

    private int Blocks => (_channels + 15) / 16;

    /// <summary>Blocks of sixteen output channels go to their planes.</summary>
    private readonly struct BlockRange(VolumeConv conv, float* outputs, long first, float* y) : IRange
    {
        public void Do(long begin, long end, int slot)
        {
            for (long unit = begin; unit < end; unit++)
            {
                long number = first + unit / conv.Blocks, volume = number / conv._depth.Outputs, plane = number % conv._depth.Outputs, stride = conv._depth.Outputs * conv._pixels;
                int channel = (int)(unit % conv.Blocks) * 16;
                Transpose16.FromLanes(outputs + unit * 16 * conv._pixels, conv._pixels, Math.Min(16, conv._channels - channel),
                    y + (volume * conv._channels + channel) * stride + plane * conv._pixels, stride);
            }
        }
    }
}
