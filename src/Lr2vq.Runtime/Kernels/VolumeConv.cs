using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A convolution over three axes as one of planes: the planes that a plane of the output reads are the channels of an image, so every form of
/// <see cref="ConvKernels"/> and every format of weights serves.</summary>
/// <remarks>Scratch: images of inputs, of outputs, a tile for each thread, then what the convolution of planes takes.</remarks>
internal sealed unsafe class VolumeConv : IVolumeConv
{
    /// <summary>Channels up to which images lie plain, as pictures do.</summary>
    private const int WidestStem = 4;

    private readonly PlanePacking _packing;
    private readonly PlaneSpreading _spreading;
    private readonly IConvKernel _kernel;
    private readonly IConvKernel? _last;
    private readonly long _planes, _inputs, _outputs, _tiles;
    private readonly int _together;

    /// <param name="planes">The convolution of planes; images and channels of the volumes.</param>
    public VolumeConv(in ConvGeometry planes, DepthWindow depth, WeightTensor weight, Epilogue epilogue, Isa isa, int threads)
    {
        ConvGeometry g = planes with { InputChannels = checked(planes.InputChannels * depth.Taps) };
        TensorLayout input = g is { Groups: 1, InputChannels: <= WidestStem } ? TensorLayout.Plain : TensorLayout.Blocked;
        _planes = checked((long)planes.Batch * depth.Outputs);
        _packing = new PlanePacking(planes.InputChannels, (long)g.InputHeight * g.InputWidth, depth, input);
        _spreading = new PlaneSpreading(g.OutputChannels, depth.Outputs, (long)g.OutputHeight * g.OutputWidth);
        _together = DepthWindow.Together(_planes, _packing.ImageFloats + _spreading.ImageFloats);
        _kernel = ConvKernels.Choose(g with { Batch = _together }, weight, epilogue, input, TensorLayout.Blocked, isa, threads);
        if (_planes % _together is var rest and > 0) _last = ConvKernels.Choose(g with { Batch = (int)rest }, weight, epilogue, input, TensorLayout.Blocked, isa, threads);
        (_inputs, _outputs, _tiles) = (CacheLines.Up(_together * _packing.ImageFloats), _together * _spreading.ImageFloats, threads * PlanePacking.TileFloats);
        ScratchBytes = checked(4 * (_inputs + _outputs + _tiles) + Math.Max(_kernel.ScratchBytes, _last?.ScratchBytes ?? 0));
    }

    public long ScratchBytes { get; }

    public void Run(float* x, float* bias, float* y, byte* scratch, ThreadTeam? team)
    {
        float* inputs = (float*)scratch, outputs = inputs + _inputs, tiles = outputs + _outputs;
        for (long first = 0; first < _planes; first += _together)
        {
            int count = (int)Math.Min(_together, _planes - first);
            _packing.Run(team, x, first, count, inputs, tiles);
            (count == _together ? _kernel : _last!).Run(inputs, bias, null, outputs, (byte*)(tiles + _tiles), team);
            _spreading.Run(team, outputs, first, count, y);
        }
    }
}
